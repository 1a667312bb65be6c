import { listProbeTargets, listSessionStandings, type Notification } from "@isthmus/db";
import { groupBy } from "@isthmus/std";
import type { SessionContext, SessionOwner } from "../context";
import { connectAgent, type AgentConnection, type AgentSocket } from "./agent-connection";
import { createEntrance, type EntranceAnswer } from "./entrance";
import { createRechecks } from "./rechecks";
import { decideStanding } from "./standing";

/** Every connection of this gateway, and what reaches them from the stores. */
export interface SessionRegistry {
  /** Takes a socket over; one for which there is no room is told when to come back. */
  accept(socket: AgentSocket): AgentConnection;
  /** Acts on an announcement, if it concerns a session held here. */
  notified(notification: Notification): void;
  /** Looks after everything that announcements may have missed. */
  recheck(): Promise<void>;
  /** Orders probes that are due, of every agent that can make them. */
  probe(): Promise<void>;
  /** Lets time pass: handshakes, heartbeats and syncs that took too long. */
  tick(): void;
  /** Asks all agents to go elsewhere, waits a little, and ends what is left. */
  drain(waitMs: number): Promise<void>;
}

/** Sessions whose standing is read at once. */
const MOST_STANDINGS = 500;

/** Makes the registry of one gateway. */
export function createSessionRegistry(context: SessionContext): SessionRegistry {
  return new Registry(context);
}

class Registry implements SessionRegistry {
  readonly #context: SessionContext;
  readonly #connections = new Set<AgentConnection>();
  /** Open sessions by cluster; for a moment there may be two, a former and its successor. */
  readonly #byCluster = new Map<string, Set<AgentConnection>>();
  /** Open sessions, with the cluster of each: of a closed one nobody else knows it. */
  readonly #opened = new Map<AgentConnection, string>();
  /** Those whose admission is under way; one that has opened or ended meanwhile is until that is over. */
  readonly #admitting = new Set<AgentConnection>();
  readonly #entrance;
  readonly #rechecks;
  #draining = false;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#entrance = createEntrance(context.entrance, Math.random);
    this.#rechecks = createRechecks({
      clock: context.clock,
      check: (organisationId, clusterIds) => this.#check(organisationId, this.#held(clusterIds)),
      onFailure: (error) => context.log.warn({ err: error }, "could not recheck sessions"),
    });
  }

  accept(socket: AgentSocket): AgentConnection {
    const connections = this.#connections.size;
    const unproven = connections - this.#opened.size - this.#admitting.size;
    const answer = this.#entrance.ask({ connections, unproven, admissions: 0 }, this.#context.clock.now());
    const connection = connectAgent(this.#context, socket, {
      onProven: (proven) => this.#askToAdmit(proven),
      onJudged: (judged) => void this.#admitting.delete(judged),
      onOpened: (opened) => this.#add(opened),
      onClosed: (closed) => this.#remove(closed),
    });
    this.#connections.add(connection);
    if (this.#draining) connection.refuse("draining");
    else if (answer.kind === "come-back") connection.refuse("overloaded", undefined, answer.afterMs);
    return connection;
  }

  #askToAdmit(connection: AgentConnection): EntranceAnswer {
    const use = { connections: 0, unproven: 0, admissions: this.#admitting.size };
    const answer = this.#entrance.ask(use, this.#context.clock.now());
    if (answer.kind === "enter") this.#admitting.add(connection);
    return answer;
  }

  #add(connection: AgentConnection): void {
    const clusterId = connection.owner()?.clusterId;
    if (clusterId === undefined) return;
    this.#opened.set(connection, clusterId);
    this.#byCluster.set(clusterId, (this.#byCluster.get(clusterId) ?? new Set()).add(connection));
    this.#context.metrics.sessions.set(this.#opened.size);
  }

  #remove(connection: AgentConnection): void {
    this.#connections.delete(connection);
    const clusterId = this.#opened.get(connection);
    if (clusterId === undefined) return;
    this.#opened.delete(connection);
    const held = this.#byCluster.get(clusterId);
    held?.delete(connection);
    if (held?.size === 0) this.#byCluster.delete(clusterId);
    this.#context.metrics.sessions.set(this.#opened.size);
  }

  #held(clusterIds: Iterable<string>): readonly AgentConnection[] {
    return [...clusterIds].flatMap((id) => [...(this.#byCluster.get(id) ?? [])]);
  }

  notified({ organisation, topic, id }: Notification): void {
    const held = this.#held([id]).filter((connection) => connection.owner()?.organisationId === organisation);
    if (held.length === 0) return;
    if (topic === "desired") for (const connection of held) connection.deliverDesired();
    if (topic === "session" || topic === "examination") this.#rechecks.ask(organisation, id);
  }

  async recheck(): Promise<void> {
    for (const [organisationId, held] of byOrganisation(this.#opened.keys())) {
      for (let from = 0; from < held.length; from += MOST_STANDINGS) {
        await this.#check(organisationId, held.slice(from, from + MOST_STANDINGS));
      }
    }
  }

  async #check(organisationId: string, held: readonly AgentConnection[]): Promise<void> {
    const clusterIds = held.flatMap((connection) => connection.owner()?.clusterId ?? []);
    if (clusterIds.length === 0) return;
    const { clock, database } = this.#context;
    const organisation = database.forOrganisation(organisationId);
    const standings = await organisation.transaction((tx) => listSessionStandings(tx, clusterIds));
    const byCluster = new Map(standings.map((standing) => [standing.clusterId, standing]));
    for (const connection of held) {
      const owner: SessionOwner | undefined = connection.owner();
      if (owner === undefined) continue;
      const standing = byCluster.get(owner.clusterId);
      const decision = decideStanding(standing, owner.leaseTerm, clock.now());
      if (decision !== "go-on") connection.refuse(decision);
      else {
        connection.deliverDesired(standing?.desiredRevision);
        connection.examine(standing?.examinationAsked ?? 0n);
      }
    }
  }

  /** One look at who takes part for all sessions of an organisation. */
  async probe(): Promise<void> {
    const capable = [...this.#opened.keys()].filter((each) => each.owner()?.capabilities.includes("probes") === true);
    for (const [organisationId, held] of byOrganisation(capable)) {
      const organisation = this.#context.database.forOrganisation(organisationId);
      const targets = await organisation.transaction((tx) => listProbeTargets(tx));
      for (const connection of held) connection.orderProbes(targets);
    }
  }

  tick(): void {
    for (const connection of this.#connections) connection.tick();
    const { metrics, syncSlots } = this.#context;
    syncSlots.tick();
    metrics.syncs.set({ state: "running" }, syncSlots.taken);
    metrics.syncs.set({ state: "waiting" }, syncSlots.waiting);
  }

  async drain(waitMs: number): Promise<void> {
    this.#draining = true;
    const left = [...this.#connections];
    for (const connection of left) connection.drain("the gateway is going away");
    const gone = Promise.all(left.map((connection) => connection.ended()));
    const stop = new AbortController();
    await Promise.race([gone, this.#context.clock.sleep(waitMs, stop.signal).catch(() => undefined)]);
    stop.abort();
    for (const connection of this.#connections) connection.refuse("draining");
    await gone;
  }
}

const byOrganisation = (open: Iterable<AgentConnection>): ReadonlyMap<string, readonly AgentConnection[]> =>
  groupBy(
    [...open].filter((connection) => connection.owner() !== undefined),
    (connection) => connection.owner()?.organisationId ?? "",
  );
