import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { appendApplication, appendRevision, createPolicy, createTier, publish } from "@isthmus/db";
import {
  ClusterFactsSchema,
  InventoryChunkSchema,
  InventoryDeltaSchema,
  InventoryDigestSchema,
  SyncCompleteSchema,
  chunkOf,
  hashedBody,
  inventoryDigests,
  type InventoryChunk,
  type Json,
  type RefFields,
} from "@isthmus/protocol";
import type { StackOn } from "./stack";
import type { TestAgent } from "./test-agent";

/** A resource as an agent holds it. */
export interface HeldResource {
  readonly ref: RefFields;
  readonly uid: string;
  readonly hash: Uint8Array;
  readonly body: Uint8Array;
}

/** Makes a resource of a manifest. */
export function resource(manifest: { readonly [key: string]: Json }, ref: RefFields): HeldResource {
  const { body, hash } = hashedBody({ apiVersion: ref.apiVersion, kind: ref.kind, ...manifest });
  return { ref, uid: `uid-${ref.name}`, body, hash };
}

/** A namespace. */
export const namespace = (name: string, labels: Readonly<Record<string, string>> = {}): HeldResource =>
  resource({ metadata: { name, labels } }, { apiVersion: "v1", kind: "Namespace", namespace: "", name });

/** A running pod of a deployment. */
export function pod(
  name: string,
  { app, ip, labels = {} }: { readonly app: string; readonly ip: string; readonly labels?: Record<string, string> },
): HeldResource {
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: `${app}-5d8`, uid: "rs", controller: true };
  return resource(
    {
      metadata: { name, namespace: "boutique", labels: { app, ...labels }, ownerReferences: [owner] },
      spec: { nodeName: "n1", serviceAccountName: "default" },
      status: { phase: "Running", podIP: ip, podIPs: [{ ip }] },
    },
    { apiVersion: "v1", kind: "Pod", namespace: "boutique", name },
  );
}

/** The ReplicaSet between a pod and its Deployment. */
export function replicaSet(app: string): HeldResource {
  const owner = { apiVersion: "apps/v1", kind: "Deployment", name: app, uid: "d", controller: true };
  return resource(
    { metadata: { name: `${app}-5d8`, namespace: "boutique", ownerReferences: [owner] } },
    { apiVersion: "apps/v1", kind: "ReplicaSet", namespace: "boutique", name: `${app}-5d8` },
  );
}

/** Says what was found of the cluster. */
export function sendFacts(agent: TestAgent, podCidr: string): void {
  const value = create(ClusterFactsSchema, {
    kubernetesVersion: "v1.33.4",
    calicoVersion: "v3.31.0",
    calicoApi: "projectcalico.org/v3",
    podCidrs: [podCidr],
    goldmane: "connected",
  });
  agent.send({ case: "clusterFacts", value });
}

/** Runs a whole sync as an agent does; returns the chunks that the gateway wanted. */
export async function sync(
  agent: TestAgent,
  held: readonly HeldResource[],
  timeoutMs?: number,
): Promise<readonly number[]> {
  const digest = create(InventoryDigestSchema, {
    chunkDigests: [...inventoryDigests(held)],
    resourceCount: held.length,
  });
  agent.send({ case: "inventoryDigest", value: digest });
  const { chunks } = await agent.next("inventoryWanted", timeoutMs);
  for (const chunk of chunks) agent.send({ case: "inventoryChunk", value: chunkMessage(chunk, held) });
  agent.send({ case: "syncComplete", value: create(SyncCompleteSchema) });
  const ack = await agent.next("inventoryAck", timeoutMs);
  if (ack.sequence !== 0n) throw new Error(`expected the sync to be acknowledged, got ${ack.sequence}`);
  return chunks;
}

/** A chunk with everything of `held` that lies in it. */
export function chunkMessage(chunk: number, held: readonly HeldResource[]): InventoryChunk {
  return create(InventoryChunkSchema, {
    chunk,
    resources: held.filter(({ ref }) => chunkOf(ref) === chunk).map((each) => ({ ...each })),
  });
}

/** Sends a delta and waits for its acknowledgement. */
export async function sendDelta(
  agent: TestAgent,
  sequence: bigint,
  changes: { readonly upserts?: readonly HeldResource[]; readonly deletes?: readonly RefFields[] },
): Promise<void> {
  const { upserts = [], deletes = [] } = changes;
  const value = create(InventoryDeltaSchema, {
    sequence,
    upserts: upserts.map((each) => ({ ...each })),
    deletes: deletes.map((ref) => ({ ...ref })),
  });
  agent.send({ case: "inventoryDelta", value });
  const ack = await agent.next("inventoryAck");
  if (ack.sequence !== sequence) throw new Error(`expected ${sequence}, got ${ack.sequence}`);
}

/** A tier with one policy in it, applied to clusters as the web app does it. */
export async function applyPolicy(
  stack: StackOn,
  {
    tier,
    clusterIds,
    selector = "app == 'payment'",
    namespace: of = "boutique",
  }: {
    readonly tier: string;
    readonly clusterIds: readonly string[];
    readonly selector?: string;
    readonly namespace?: string;
  },
) {
  const [tierId, policyId, revisionId] = [randomUUID(), randomUUID(), randomUUID()];
  const at = new Date();
  const by = stack.personId;
  const name = `${tier}.pay`;
  const manifest = {
    apiVersion: "projectcalico.org/v3",
    kind: "NetworkPolicy",
    metadata: { name, namespace: of },
    spec: {
      tier,
      order: 10,
      selector,
      types: ["Ingress"],
      ingress: [{ action: "Allow", source: { selector: "app == 'checkout'" } }],
    },
  };
  await stack.organisation.transaction(async (tx) => {
    await createTier(tx, {
      id: tierId,
      name: tier,
      order: 500,
      defaultAction: "Deny",
      description: "",
      createdBy: by,
      at,
    });
    await createPolicy(tx, {
      id: policyId,
      tierId,
      kind: "NetworkPolicy",
      namespace: of,
      name,
      createdBy: by,
      at,
    });
    await appendRevision(tx, {
      clusterIds: [],
      id: revisionId,
      policyId,
      manifestYaml: "",
      manifest,
      digest: "d",
      placementSelector: "all()",
      comment: "",
      createdBy: by,
      at,
    });
  });
  const place = async (revision: string | null): Promise<void> => {
    await stack.organisation.transaction(async (tx) => {
      await appendApplication(tx, {
        policyId,
        revisionId: revision,
        clusterIds: revision === null ? [] : clusterIds,
        approvedBy: by,
        comment: "",
        at: new Date(),
      });
      await publish(tx, { topic: "policy", id: policyId });
    });
  };
  return { policyId, name, apply: () => place(revisionId), withdraw: () => place(null) };
}
