import { create } from "@bufbuild/protobuf";
import type { AgentBody, GatewayBody } from "../codec";
import { sha256 } from "../crypto";
import { buildFlowBatches } from "../flow-batch-builder";
export { fromTheFuture, unknownFrame } from "./from-the-future";
export { asSent } from "./as-sent";
import type { FlowEnd, FlowPolicyHit, FlowRow } from "../flow-row";
import {
  ApplyReportSchema,
  ApplyState,
  ChallengeSchema,
  ClusterFactsSchema,
  CredentialIssuedSchema,
  DesiredStateSchema,
  DrainSchema,
  EvidenceAckSchema,
  EvidenceBatchSchema,
  ExaminationSchema,
  ExamineSchema,
  FindingState,
  GapRecordSchema,
  HeartbeatReplySchema,
  HeartbeatSchema,
  HelloSchema,
  InventoryAckSchema,
  InventoryChunkSchema,
  InventoryDeltaSchema,
  InventoryDigestSchema,
  InventoryWantedSchema,
  ProbeOrdersSchema,
  ProbeOutcome,
  ProbeReportSchema,
  ProofSchema,
  RenewRequestSchema,
  SyncCompleteSchema,
  WelcomeSchema,
} from "../messages";
import { refused } from "../refusal";

const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
const ref = { apiVersion: "projectcalico.org/v3", kind: "GlobalNetworkPolicy", namespace: "", name: "boutique.pay" };
const pod = { apiVersion: "v1", kind: "Pod", namespace: "boutique", name: "cart-0" };
const body = new TextEncoder().encode('{"kind":"Pod"}');
const state = { ref: pod, uid: "5b0c", hash: sha256(body), body };

const end = (name: string, workload: string): FlowEnd => ({
  name,
  namespace: "boutique",
  type: 1,
  workloadKind: "Deployment",
  workload,
  labels: `app=${workload}`,
});

const endOfTier: FlowPolicyHit = {
  kind: 10,
  tier: "boutique",
  namespace: "",
  name: "",
  action: 2,
  policyIndex: 0,
  ruleIndex: -1,
  trigger: { kind: 2, tier: "boutique", namespace: "", name: "boutique.pay", action: 0, policyIndex: 0, ruleIndex: 0 },
};

/** A flow between two workloads, for tests of every package that reads or writes batches. */
export const sampleFlow: FlowRow = {
  source: end("checkout-*", "checkout"),
  dest: end("payment-*", "payment"),
  destPort: 50_051,
  destServiceName: "payment",
  destServiceNamespace: "boutique",
  destServicePortName: "grpc",
  destServicePort: 50_051,
  protocol: "tcp",
  reporter: 2,
  action: 2,
  enforced: [endOfTier],
  pending: [],
  packetsIn: 12,
  packetsOut: 10,
  bytesIn: 2_400,
  bytesOut: 1_100,
  connectionsStarted: 3,
  connectionsCompleted: 2,
  connectionsLive: 1,
};

const [flowBatch] = buildFlowBatches({ incarnation: "9f3a/0", bucketStart: 1_764_000_000, correction: 0 }, [
  sampleFlow,
  { ...sampleFlow, reporter: 1, action: 1, enforced: [] },
]);

const [restatement] = buildFlowBatches(
  { incarnation: "9f3a/0", bucketStart: 1_764_000_000, restatedAtMs: 1_764_000_315_000 },
  [{ ...sampleFlow, packetsIn: 15 }],
);

/** One of every frame that an agent may send, by the name of its recording. */
export const sampleAgentFrames: Readonly<Record<string, AgentBody>> = {
  "agent-hello-grant": {
    case: "hello",
    value: create(HelloSchema, {
      versions: [1],
      capabilities: ["desired-diff"],
      agentVersion: "0.1.0",
      nonce: filled(32, 1),
      publicKey: filled(32, 2),
      clusterUid: "0d3e",
      claim: { case: "grantId", value: "grant" },
      instance: "isthmus-agent-1",
    }),
  },
  "agent-hello-credential": {
    case: "hello",
    value: create(HelloSchema, {
      versions: [1],
      agentVersion: "0.1.0",
      nonce: filled(32, 1),
      publicKey: filled(32, 2),
      clusterUid: "0d3e",
      claim: { case: "credentialId", value: "credential" },
    }),
  },
  "agent-proof": {
    case: "proof",
    value: create(ProofSchema, { signature: filled(64, 3), grantSecret: filled(32, 4) }),
  },
  "agent-heartbeat": {
    case: "heartbeat",
    value: create(HeartbeatSchema, {
      sequence: 7n,
      agentTimeMs: 1_764_000_000_123n,
      lastRoundTripMs: 12,
      spoolBytes: 4_096n,
      spoolBatches: 2n,
    }),
  },
  "agent-inventory-digest": {
    case: "inventoryDigest",
    value: create(InventoryDigestSchema, {
      chunkDigests: Array.from({ length: 256 }, (_, i) => (i === 3 ? filled(32, 5) : filled(0, 0))),
    }),
  },
  "agent-inventory-chunk": {
    case: "inventoryChunk",
    value: create(InventoryChunkSchema, { chunk: 3, resources: [state] }),
  },
  "agent-inventory-chunk-part": {
    case: "inventoryChunk",
    value: create(InventoryChunkSchema, { chunk: 3, resources: [state], part: 1, parts: 3 }),
  },
  "agent-inventory-delta": {
    case: "inventoryDelta",
    value: create(InventoryDeltaSchema, { sequence: 1n, upserts: [state], deletes: [pod] }),
  },
  "agent-sync-complete": { case: "syncComplete", value: create(SyncCompleteSchema) },
  "agent-apply-report": {
    case: "applyReport",
    value: create(ApplyReportSchema, {
      revision: 4n,
      results: [
        {
          ref,
          hash: sha256("x"),
          state: ApplyState.FAILED,
          message: "spec.order: Invalid value",
          observedAtMs: 1_764_000_000_123n,
        },
        {
          ref,
          hash: sha256("x"),
          state: ApplyState.APPLIED,
          uid: "77aa",
          resourceVersion: "12",
          observedAtMs: 1_764_000_000_456n,
        },
      ],
    }),
  },
  "agent-evidence-flows": {
    case: "evidence",
    value: create(EvidenceBatchSchema, {
      sequence: 1n,
      leaseTerm: 3n,
      content: flowBatch === undefined ? { case: undefined } : { case: "flows", value: flowBatch },
    }),
  },
  "agent-evidence-restatement": {
    case: "evidence",
    value: create(EvidenceBatchSchema, {
      sequence: 3n,
      leaseTerm: 3n,
      content: restatement === undefined ? { case: undefined } : { case: "flows", value: restatement },
    }),
  },
  "agent-evidence-gap": {
    case: "evidence",
    value: create(EvidenceBatchSchema, {
      sequence: 2n,
      leaseTerm: 3n,
      content: {
        case: "gap",
        value: create(GapRecordSchema, {
          incarnation: "9f3a/0",
          from: 1_764_000_015n,
          to: 1_764_000_045n,
          reason: "spool-full",
        }),
      },
    }),
  },
  "agent-renew": { case: "renew", value: create(RenewRequestSchema) },
  "agent-cluster-facts": {
    case: "clusterFacts",
    value: create(ClusterFactsSchema, {
      kubernetesVersion: "v1.33.4",
      calicoVersion: "v3.31.0",
      calicoApi: "projectcalico.org/v3",
      podCidrs: ["10.10.0.0/16"],
      serviceCidrs: ["10.96.0.0/12"],
      goldmane: "connected",
      missingPermissions: ["list projectcalico.org/v3 tiers"],
    }),
  },
  "agent-examination": {
    case: "examination",
    value: create(ExaminationSchema, {
      examinedAtMs: 1_764_000_000_000n,
      tookMs: 640,
      agentVersion: "0.1.0",
      findings: [
        {
          id: "calico.version",
          group: "calico",
          title: "Calico version",
          state: FindingState.OK,
          seen: "Calico v3.32.0",
        },
        {
          id: "goldmane.installed",
          group: "goldmane",
          title: "Goldmane runs",
          state: FindingState.FAILING,
          seen: "there is no Deployment calico-system/goldmane",
          advice: "turn Goldmane on",
          remedy: "kubectl apply -f goldmane.yaml",
        },
      ],
      answers: 2n,
    }),
  },
  "agent-cluster-facts-routing": {
    case: "clusterFacts",
    value: create(ClusterFactsSchema, {
      kubernetesVersion: "v1.33.4",
      podCidrs: ["10.10.0.0/16"],
      routingKinds: ["BGPPeer", "IPPool"],
    }),
  },
  "agent-probe-report": {
    case: "probeReport",
    value: create(ProbeReportSchema, {
      results: [
        {
          id: "us-east",
          address: "10.30.0.7",
          outcome: ProbeOutcome.ANSWERED,
          roundTripUs: 84_120,
          ownAddress: "10.10.0.5",
          seenAddress: "172.18.0.11",
          atMs: 1_764_000_000_123n,
        },
        {
          id: "eu-central",
          address: "10.20.0.7",
          outcome: ProbeOutcome.TIMEOUT,
          message: "no answer within 5 s",
          atMs: 1_764_000_000_456n,
        },
      ],
    }),
  },
};

/** One of every frame that a gateway may send, by the name of its recording. */
export const sampleGatewayFrames: Readonly<Record<string, GatewayBody>> = {
  "gateway-challenge": {
    case: "challenge",
    value: create(ChallengeSchema, {
      version: 1,
      capabilities: ["desired-diff"],
      nonce: filled(32, 6),
      publicKey: filled(32, 7),
      signature: filled(64, 8),
      nextKeyIds: ["SHA256:next"],
    }),
  },
  "gateway-welcome": {
    case: "welcome",
    value: create(WelcomeSchema, {
      sessionId: "session",
      leaseTerm: 3n,
      clusterId: "cluster",
      clusterName: "eu-west",
      credential: { credentialId: "credential", issuedAtMs: 1_764_000_000_000n, expiresAtMs: 1_766_592_000_000n },
      heartbeatMs: 5_000,
      serverTimeMs: 1_764_000_000_000n,
      evidenceMarks: [{ incarnation: "9f3a/0", durableThrough: 1_764_000_000n }],
      desiredRevision: 4n,
      maxFrameBytes: 4_194_304,
      evidenceWindow: 8,
    }),
  },
  "gateway-refused": { case: "refused", value: refused("wrong-cluster") },
  "gateway-heartbeat": {
    case: "heartbeat",
    value: create(HeartbeatReplySchema, { sequence: 7n, serverTimeMs: 1_764_000_000_130n }),
  },
  "gateway-inventory-wanted": {
    case: "inventoryWanted",
    value: create(InventoryWantedSchema, { chunks: [0, 3, 255] }),
  },
  "gateway-inventory-ack": { case: "inventoryAck", value: create(InventoryAckSchema, { sequence: 1n }) },
  "gateway-desired": {
    case: "desired",
    value: create(DesiredStateSchema, {
      revision: 5n,
      baseRevision: 4n,
      upserts: [{ ref, hash: sha256("x"), body: new TextEncoder().encode("{}"), position: 2, recordedUid: "77aa" }],
      removals: [{ ref: { ...ref, name: "boutique.old" }, recordedUid: "66bb", position: 3 }],
    }),
  },
  "gateway-desired-part": {
    case: "desired",
    value: create(DesiredStateSchema, {
      revision: 5n,
      upserts: [{ ref, hash: sha256("x"), body: new TextEncoder().encode("{}"), position: 2, recordedUid: "77aa" }],
      part: 1,
      parts: 3,
    }),
  },
  "gateway-evidence-ack": { case: "evidenceAck", value: create(EvidenceAckSchema, { sequence: 9n }) },
  "gateway-credential": {
    case: "credential",
    value: create(CredentialIssuedSchema, {
      credentialId: "credential",
      issuedAtMs: 1_764_000_000_000n,
      expiresAtMs: 1_766_592_000_000n,
    }),
  },
  "gateway-examine": { case: "examine", value: create(ExamineSchema, { number: 2n }) },
  "gateway-probe-orders": {
    case: "probeOrders",
    value: create(ProbeOrdersSchema, { orders: [{ id: "us-east", address: "10.30.0.7" }] }),
  },
  "gateway-drain": { case: "drain", value: create(DrainSchema, { reason: "the gateway is being replaced" }) },
};
