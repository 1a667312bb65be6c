export * from "./messages";
export { canonicalJson, hashedBody, type Json } from "./canonical-json";
export {
  DEFAULT_MAX_FRAME_BYTES,
  HANDSHAKE_MAX_FRAME_BYTES,
  MAX_GATEWAY_FRAME_BYTES,
  decodeAgentFrame,
  decodeGatewayFrame,
  encodeAgentFrame,
  encodeGatewayFrame,
  type AgentBody,
  type FrameError,
  type GatewayBody,
  type ReceivedAgentBody,
} from "./codec";
export { generateLinkKey, keyId, linkKeyFromPem, sha256, verifySignature, type KeyError, type LinkKey } from "./crypto";
export { GAP_REASONS, batchId, type GapReason } from "./evidence";
export type { FlowBatchError } from "./flow-batch-error";
export { flowRows } from "./flow-batch-reader";
export {
  readFlowColumns,
  readFlowColumnsInSteps,
  type FlowColumns,
  type FlowCountColumns,
  type FlowEndColumns,
} from "./flow-columns";
export { MAX_ROWS_A_BATCH } from "./flow-limits";
export {
  BUCKET_SECONDS,
  MAX_ROWS_A_PART,
  buildFlowBatches,
  flowBatchParts,
  type BucketIdentity,
} from "./flow-batch-builder";
export {
  flowKeyHash,
  flowKeyText,
  type FlowCounts,
  type FlowEnd,
  type FlowKeyFields,
  type FlowPolicyHit,
  type FlowRow,
  type HashedFlowRow,
} from "./flow-row";
export {
  NONCE_BYTES,
  answerHello,
  checkChallenge,
  checkProof,
  proveAgent,
  type AgentIdentity,
  type ChallengeError,
  type GatewayIdentity,
} from "./handshake";
export {
  MAX_PARTS,
  PART_BYTES,
  chunkParts,
  createChunkJoiner,
  createDesiredJoiner,
  desiredBytes,
  desiredParts,
  type Joined,
  type Joiner,
} from "./parts";
export { MAX_PROBE_ORDERS, PROBE_PORT } from "./probe";
export type { ReceivedEvidence } from "./received-evidence";
export { REFUSALS, isRefusalCode, refused, type RefusalCode } from "./refusal";
export {
  INVENTORY_CHUNKS,
  chunkDigest,
  chunkOf,
  differingChunks,
  inventoryDigests,
  refText,
  type HashedRef,
  type RefFields,
} from "./resource-ref";
export {
  HANDSHAKE_TIMEOUT_MS,
  HEARTBEATS_MISSED,
  openAgentSession,
  stepAgentSession,
  type AgentCloseReason,
  type AgentSession,
  type AgentSessionContext,
  type AgentSessionInput,
  type AgentSessionOutput,
  type AgentSessionStep,
  type LaneBody,
  type OpenAgentSession,
} from "./session/agent-session";
export {
  acceptGatewaySession,
  stepGatewaySession,
  type AgentLaneBody,
  type GatewayCloseReason,
  type GatewaySession,
  type GatewaySessionContext,
  type GatewaySessionInput,
  type GatewaySessionOutput,
  type GatewaySessionStep,
  type OpenGatewaySession,
} from "./session/gateway-session";
export { transcript, type Signer } from "./transcript";
export { CAPABILITIES, PROTOCOL_VERSIONS, chooseVersion, commonCapabilities, type Capability } from "./version";
