import { createHash, randomUUID } from "node:crypto";
import {
  closeAgentSession,
  completeAgentSync,
  createCluster,
  openAgentSessionLease,
  publish,
  storeClusterFacts,
  storeExamination,
  touchAgentSessions,
  upsertInventory,
  type Database,
} from "@isthmus/db";
import type { FlowStore } from "@isthmus/flow-store";
import { storeFlows } from "@isthmus/flow-store/testing";
import { bucketRows, workloads } from "./boutique";
import { findings } from "./support/examination";

const places = [
  { name: "eu-west", region: "Ireland", jurisdiction: "EU" },
  { name: "eu-central", region: "Frankfurt", jurisdiction: "EU" },
  { name: "us-east", region: "Virginia", jurisdiction: "US" },
] as const;

export interface SeedOptions {
  readonly organisationId: string;
  readonly personId: string;
  readonly nowMs: number;
  /** How far back evidence reaches. */
  readonly minutes: number;
  /** The last cluster was not heard for so long. */
  readonly silentMinutes?: number;
}

export interface Seeded {
  readonly ids: Readonly<Record<string, string>>;
  readonly leases: Readonly<Record<string, bigint>>;
  /** Stores one more bucket of every cluster that is heard, with its announcement. */
  readonly bucket: (bucketStartS: number) => Promise<void>;
}

const incarnation = (cluster: string) => `goldmane-${cluster}/0`;

/** Makes three clusters with inventory, sessions and evidence, through the same repositories that the gateway uses. */
export async function seed(
  stores: { readonly database: Database; readonly flows: FlowStore },
  options: SeedOptions,
): Promise<Seeded> {
  const organisation = stores.database.forOrganisation(options.organisationId);
  const joinedAt = new Date(options.nowMs - options.minutes * 60_000);
  const ids: Record<string, string> = {};
  const leases: Record<string, bigint> = {};
  for (const place of places) {
    const clusterId = (ids[place.name] = randomUUID());
    await organisation.transaction(async (tx) => {
      await createCluster(tx, {
        id: clusterId,
        name: place.name,
        labels: { region: place.region, jurisdiction: place.jurisdiction, env: "demo" },
        createdBy: options.personId,
        at: joinedAt,
      });
      const leaseTerm = await openAgentSessionLease(tx, {
        clusterId,
        sessionId: randomUUID(),
        gatewayId: "gateway-1",
        credentialId: randomUUID(),
        instance: "agent-0",
        agentVersion: "0.1.0",
        remoteAddress: "10.0.0.9",
        at: joinedAt,
      });
      leases[place.name] = leaseTerm;
      await storeClusterFacts(tx, {
        clusterId,
        at: joinedAt,
        facts: {
          kubernetesVersion: "1.34.2",
          calicoVersion: "3.31.2",
          calicoApi: "projectcalico.org/v3",
          podCidrs: ["10.20.0.0/16"],
          serviceCidrs: ["10.96.0.0/12"],
          goldmane: "connected",
          missingPermissions: [],
        },
      });
      await upsertInventory(tx, { clusterId, at: joinedAt, objects: inventoryOf(place.name) });
      await completeAgentSync(tx, { clusterId, leaseTerm, at: joinedAt });
      await storeExamination(tx, {
        clusterId,
        examinedAt: joinedAt,
        receivedAt: joinedAt,
        tookMs: 640,
        agentVersion: "0.1.0",
        answers: 0n,
        findings,
      });
    });
  }
  const heardAt = new Date(options.nowMs);
  const hear = async (name: string, at: Date) => {
    const clusterId = ids[name] ?? "";
    const leaseTerm = leases[name] ?? 0n;
    await organisation.transaction((tx) =>
      touchAgentSessions(tx, [
        { clusterId, leaseTerm, at, roundTripMs: 24, clockOffsetMs: 0, spoolBytes: 0n, spoolBatches: 0n },
      ]),
    );
  };
  const silentSinceMs =
    options.silentMinutes === undefined ? undefined : options.nowMs - options.silentMinutes * 60_000;
  for (const { name } of places) await hear(name, heardAt);
  if (silentSinceMs !== undefined) {
    const at = new Date(silentSinceMs);
    await hear("us-east", at);
    await organisation.transaction((tx) =>
      closeAgentSession(tx, {
        clusterId: ids["us-east"] ?? "",
        leaseTerm: leases["us-east"] ?? 0n,
        at,
        reason: "no heartbeat",
      }),
    );
  }
  const store = async (name: string, bucketStart: number) => {
    if (name === "us-east" && silentSinceMs !== undefined && bucketStart * 1000 >= silentSinceMs) return;
    await storeFlows(stores.flows, {
      identity: {
        organisationId: options.organisationId,
        clusterId: ids[name] ?? "",
        incarnation: incarnation(name),
        bucketStart,
        part: 0,
        parts: 1,
        correction: 0,
      },
      rows: bucketRows(name, bucketStart, { ids, deniedFromS: options.nowMs / 1000 - options.minutes * 24 }),
      receivedAtMs: bucketStart * 1000 + 45_000,
    });
  };
  const firstS = Math.ceil(joinedAt.getTime() / 15_000) * 15;
  const lastS = Math.floor((options.nowMs - 45_000) / 15_000) * 15;
  // A spool that was destroyed on purpose: four minutes of eu-central are gone, and said to be.
  const lostFromS = lastS - Math.floor(options.minutes / 3) * 60 - (lastS % 60);
  const lost = (name: string, at: number) =>
    options.minutes > 20 && name === "eu-central" && at >= lostFromS && at < lostFromS + 240;
  const due: (() => Promise<void>)[] = [];
  for (let at = firstS; at < lastS; at += 15) {
    for (const { name } of places) if (!lost(name, at)) due.push(() => store(name, at));
  }
  for (let at = 0; at < due.length; at += 12) await Promise.all(due.slice(at, at + 12).map((each) => each()));
  if (options.minutes > 20) {
    await stores.flows.insertGaps([
      {
        organisationId: options.organisationId,
        clusterId: ids["eu-central"] ?? "",
        incarnation: incarnation("eu-central"),
        from: lostFromS,
        to: lostFromS + 240,
        reason: "spool-lost",
        receivedAtMs: options.nowMs,
      },
    ]);
  }
  return {
    ids,
    leases,
    bucket: async (bucketStartS) => {
      for (const { name } of places) {
        await store(name, bucketStartS);
        if (name !== "us-east" || silentSinceMs === undefined) await hear(name, new Date());
      }
      await organisation.transaction((tx) => publish(tx, { topic: "evidence", id: ids["eu-west"] ?? "" }));
    },
  };
}

function inventoryOf(cluster: string) {
  const here = Object.values(workloads).filter((workload) => workload.cluster === cluster);
  const deployments = here.map((workload) => object("apps/v1", "Deployment", workload));
  const namespaces = [...new Set(here.map(({ namespace }) => namespace))].map((name) =>
    object("v1", "Namespace", { namespace: "", name }),
  );
  return [...namespaces, ...deployments];
}

function object(
  apiVersion: string,
  kind: string,
  { namespace, name }: { readonly namespace: string; readonly name: string },
) {
  const labels = { app: name };
  const body = JSON.stringify({
    apiVersion,
    kind,
    metadata: { labels, name, ...(namespace === "" ? {} : { namespace }), uid: `${kind}-${name}` },
    spec: { replicas: 2 },
  });
  const hash = createHash("sha256").update(body).digest();
  return {
    ref: { apiVersion, kind, namespace, name },
    uid: `${kind}-${name}`,
    hash,
    chunk: hash[0] ?? 0,
    body,
    labels,
  };
}
