import { listProbeTargets, listSessionStandings, type Notification } from "@isthmus/db";
import type { SessionContext, SessionOwner } from "../context";
import { connectAgent, type AgentConnection, type AgentSocket } from "./agent-connection";
import { decideStanding } from "./standing";

/** Every connection of this gateway, and what reaches them from the stores. */
export interface SessionRegistry {
  /** Takes a socket over; undefined where there are too many. */
  accept(socket: AgentSocket): AgentConnection | undefined;
  /** Acts on an announcement, if it concerns a session held here. */
  notified(notification: Notification): void;
  /** Looks after everything that announcements may have missed. */
  recheck(): Promise<void>;
  /** Orders probes that are due, of every agent that can make them. */
  probe(): Promise<void>;
  /** Lets time pass: handshakes and heartbeats that took too long. */
  tick(): void;
  /** Asks all agents to go elsewhere, waits a little, and ends what is left. */
  drain(waitMs: number): Promise<void>;
}

const MAX_CONNECTIONS = 2_000;

/** Makes the registry of one gateway. */
export function createSessionRegistry(context: SessionContext): SessionRegistry {
  const connections = new Set<AgentConnection>();
  let draining = false;
  const open = (matches: (owner: SessionOwner) => boolean): readonly AgentConnection[] =>
    [...connections].filter((connection) => {
      const owner = connection.owner();
      return owner !== undefined && matches(owner);
    });
  const count = (): void => context.metrics.sessions.set(open(() => true).length);
  const check = (organisationId: string, held: readonly AgentConnection[]): void => {
    recheckStanding(context, organisationId, held).catch((error: unknown) =>
      context.log.warn({ err: error }, "could not recheck sessions"),
    );
  };
  return {
    accept: (socket) => {
      if (draining || connections.size >= MAX_CONNECTIONS) return undefined;
      const connection = connectAgent(context, socket, {
        onOpened: count,
        onClosed: (closed) => {
          connections.delete(closed);
          count();
        },
      });
      connections.add(connection);
      return connection;
    },
    notified: ({ organisation, topic, id }) => {
      const held = open((owner) => owner.clusterId === id && owner.organisationId === organisation);
      if (held.length === 0) return;
      if (topic === "desired") for (const connection of held) connection.deliverDesired();
      if (topic === "session" || topic === "examination") check(organisation, held);
    },
    recheck: async () => {
      for (const [organisationId, held] of byOrganisation(open(() => true))) {
        await recheckStanding(context, organisationId, held);
      }
    },
    probe: () =>
      orderProbes(
        context,
        open(({ capabilities }) => capabilities.includes("probes")),
      ),
    tick: () => {
      for (const connection of connections) connection.tick();
    },
    drain: async (waitMs) => {
      draining = true;
      const left = [...connections];
      for (const connection of left) connection.drain("the gateway is going away");
      const gone = Promise.all(left.map((connection) => connection.ended()));
      const stop = new AbortController();
      await Promise.race([gone, context.clock.sleep(waitMs, stop.signal).catch(() => undefined)]);
      stop.abort();
      for (const connection of connections) connection.refuse("draining");
      await gone;
    },
  };
}

function byOrganisation(connections: readonly AgentConnection[]): ReadonlyMap<string, readonly AgentConnection[]> {
  const groups = new Map<string, AgentConnection[]>();
  for (const connection of connections) {
    const organisationId = connection.owner()?.organisationId;
    if (organisationId === undefined) continue;
    groups.set(organisationId, [...(groups.get(organisationId) ?? []), connection]);
  }
  return groups;
}

/** One look at who takes part for all sessions of an organisation. */
async function orderProbes(context: SessionContext, capable: readonly AgentConnection[]): Promise<void> {
  for (const [organisationId, held] of byOrganisation(capable)) {
    const organisation = context.database.forOrganisation(organisationId);
    const targets = await organisation.transaction((tx) => listProbeTargets(tx));
    for (const connection of held) connection.orderProbes(targets);
  }
}

async function recheckStanding(
  context: SessionContext,
  organisationId: string,
  held: readonly AgentConnection[],
): Promise<void> {
  const clusterIds = held.flatMap((connection) => connection.owner()?.clusterId ?? []);
  const organisation = context.database.forOrganisation(organisationId);
  const standings = await organisation.transaction((tx) => listSessionStandings(tx, clusterIds));
  const byCluster = new Map(standings.map((standing) => [standing.clusterId, standing]));
  for (const connection of held) {
    const owner = connection.owner();
    if (owner === undefined) continue;
    const standing = byCluster.get(owner.clusterId);
    const decision = decideStanding(standing, owner.leaseTerm, context.clock.now());
    if (decision !== "go-on") connection.refuse(decision);
    else {
      connection.deliverDesired(standing?.desiredRevision);
      connection.examine(standing?.examinationAsked ?? 0n);
    }
  }
}
