/** The policy engine: selectors, the resource model, validation, evaluation, the federation compiler and plain sentences. */
export { formatPath, hasErrors, type Diagnostic, type FieldPath, type Severity, type Span } from "./diagnostic";
export { canonicalJson, canonicalize, canonicalizeObject, contentHash } from "./json/canonical";
export type { JsonObject, JsonValue } from "./json/json";
export { parseResource, validateResource, type ManifestOrigin, type ParsedResource } from "./decode/parse-resource";
export { podLabels, networkSetLabels, type PodIdentity } from "./model/labels";
export { entitySelector, policySelector } from "./model/effective-selector";
export type * from "./model/policy";
export { PROTOCOL_NUMBERS, protocolHasPorts, protocolName, protocolNumber } from "./model/protocol";
export type { Labels, ResourceRef } from "./model/resource";
export {
  cidrContains,
  cidrsOverlap,
  formatAddress,
  formatCidr,
  parseAddress,
  parseCidr,
  parseCidrOrAddress,
  type Cidr,
  type IpAddress,
  type WrittenCidr,
} from "./net/address";
export {
  parseSelector,
  tokenize,
  type CompareOperator,
  type SelectorNode,
  type Token,
  type TokenKind,
  type Tokens,
} from "./selector/syntax";
export { compileSelector, labelMap, type LabelMap, type SelectorMatcher } from "./selector/evaluate";
export { printSelector } from "./selector/printer";
export { labelRestrictions, type LabelRestriction, type LabelRestrictions } from "./selector/restrictions";
export { isSatisfiable } from "./selector/satisfiable";
export { prefixLabels } from "./selector/rewrite";
export { selectorUniqueId } from "./selector/unique-id";
export { buildMesh, buildWorld, holdingsOf, type Holding, type World } from "./evaluate/world";
export type {
  WorldDomain,
  WorldInput,
  WorldNamespace,
  WorldNode,
  WorldPod,
  WorldService,
} from "./evaluate/world-input";
export type { Endpoint, NodeEndpoint, WorkloadEndpoint } from "./evaluate/endpoint";
export type { ProfileContent } from "./evaluate/profiles";
export type { UnreadablePolicy } from "./evaluate/read-manifests";
export type { WorldTier } from "./evaluate/tier-order";
export { judgeEndpoint, type Occasion } from "./evaluate/judge";
export { type PolicyHook } from "./evaluate/hook";
export { type PacketRoute } from "./evaluate/host-walk";
export { hostEndpointFor, type NodeIndex, type NodeInterface } from "./evaluate/nodes";
export {
  DEFAULT_FAILSAFE_PORTS,
  type EndpointToHostAction,
  type FailsafePort,
  type FelixSettings,
} from "./evaluate/felix-settings";
export {
  judgeConnection,
  type Connection,
  type ConnectionEnd,
  type ConnectionVerdict,
  type TransitVerdict,
} from "./evaluate/connection";
export { skippedPolicies, type PolicySkip, type SkippedPolicy, type SkipQuestion } from "./evaluate/skipped";
export type { Holder, HttpRequest, Packet } from "./evaluate/packet";
export { domainMatches, type DomainBook } from "./evaluate/domains";
export {
  policyHits,
  type EndpointVerdict,
  type JudgedVerdict,
  type PolicyHit,
  type TierSkip,
  type TracePolicy,
  type TraceStep,
  type Verdict,
} from "./evaluate/trace";
export { compileMesh } from "./federation/compile";
export { orderPlan, type OrderedPlan, type PlannedRemoval } from "./federation/order-plan";
export type { HeldResource } from "./federation/places";
export { identityHash, MANAGED_LABEL, IDENTITY_LABEL, RULE_ANNOTATION, setName } from "./federation/names";
export { peerLabel } from "./federation/peer";
export type * from "./federation/types";
export { describeSelector } from "./explain/describe-selector";
export { describePolicy, describeRule, type RulePlace } from "./explain/describe-rule";
export { describePolicyHit, describeSkip, describeStep } from "./explain/describe-hit";
export { describeConnection, describeTrace, describeVerdict } from "./explain/describe-verdict";
export { flowLogPolicies, GOLDMANE_POLICY_KINDS } from "./explain/flow-log";

// Canonical sets of connections and of addresses.
export type { SetAlgebra, SetOperation } from "./sets/algebra";
export {
  ALL_CONNECTIONS,
  CONNECTIONS,
  connectionsOfIcmp,
  connectionsOfPorts,
  connectionsOfProtocol,
  hasConnection,
  intersectConnections,
  noConnections,
  NO_CONNECTIONS,
  sameConnections,
  subtractConnections,
  uniteConnections,
  witnessConnection,
  type ConnectionPoint,
  type ConnectionSet,
  type PortsMatch,
  type Region,
} from "./sets/connection-set";
export { formatConnections, type Vocabulary } from "./sets/connection-text";
export { formatIntervals, intervals, INTERVALS, type Interval, type Intervals } from "./sets/intervals";
export {
  addressesOfCidrs,
  addressesOfRanges,
  ALL_ADDRESSES,
  cidrsOfAddresses,
  cidrsOfRange,
  formatAddresses,
  formatRange,
  hasAddress,
  intersectAddresses,
  noAddresses,
  NO_ADDRESSES,
  rangeOfCidr,
  rangesOfAddresses,
  sameAddresses,
  subtractAddresses,
  uniteAddresses,
  witnessAddress,
  type AddressRange,
  type AddressSet,
} from "./sets/address-set";

export { originOf } from "./decode/rule-origin";

// Folders of manifests as worlds.
export {
  readCluster,
  readMesh,
  type ManifestGroup,
  type ReadCluster,
  type ReadOptions,
} from "./manifests/read-cluster";
export type { ClusterObject, Manifest, ManifestNote } from "./manifests/manifest";
export { formatWorkload, type WorkloadName } from "./manifests/owners";
export {
  classifyEndpoints,
  endpointClasses,
  type EndpointClass,
  type EndpointClasses,
} from "./resolve/endpoint-classes";
export { LabelIndex, type IndexedSelector, type LabelGroup, type LabelItem } from "./resolve/label-index";
export { FlowJudge, type FlowOccasion, type KnownFlow } from "./resolve/flow-judge";
export type { EndId } from "./resolve/flow-ends";
export { indexWorld, PolicyIndex, type PolicyEntry } from "./resolve/policy-index";
export type { DirectionPolicies, ResolvedPolicies, TierPolicies } from "./resolve/resolved-policies";

// Exact connectivity.
export {
  connectivityOf,
  type Connectivity,
  type ConnectivityNode,
  type ConnectivityOptions,
  type ConnectivityRow,
  type Passage,
} from "./connectivity/connectivity";
export type { EndpointAddress } from "./connectivity/end-classes";
export type { ConnectivityView } from "./connectivity/subjects";
export { linesOf, vocabularyOf, type ConnectivityLine } from "./connectivity/lines";
export { nameEndpoints, type NamedWorld } from "./connectivity/names";
export { OUTPUT_FORMS, printConnectivity, printText, type OutputForm } from "./connectivity/print";
export { reportConnectivity, type PrintOptions, type ReportedDecision, type ReportedLine } from "./connectivity/report";
export { explainPassage, type ExplainedEnd, type PassageExplanation } from "./connectivity/explain";
export type { Decision } from "./connectivity/decide";
export { connectionsJson, type ConnectionsJson, type ConnectionsPartJson } from "./sets/connection-json";
export type { NameEndpoint, Unit } from "./connectivity/units";

// Proof: claims about all connections of a mesh.
export { CLUSTER_LABEL, CLUSTER_PREFIX, parseProofEnd } from "./proof/proof-end";
export { prove } from "./proof/prove";
export type {
  ProofAssumption,
  ProofClaim,
  ProofDecision,
  ProofDoubt,
  ProofEnd,
  ProofMatched,
  ProofNoRoute,
  ProofParty,
  ProofQuestion,
  ProofResult,
  ProofScope,
  ProofWitness,
} from "./proof/types";

// Review: rules and policies that do nothing.
export { review } from "./review/review";
export type {
  ReviewCertainty,
  ReviewCode,
  ReviewEvidence,
  ReviewFinding,
  ReviewResult,
  ReviewRule,
  ReviewSkip,
} from "./review/types";

// What a change does.
export { differenceOf, type ConnectionChange, type Difference, type PassageChange } from "./difference/difference";
export type { ComparedState, ComparedStates, PairedUnit } from "./difference/paired-units";
export type { PostureChange } from "./difference/posture";
export { printDifference, vocabularyOfBoth, type DifferencePrintOptions } from "./difference/print";
export { changePolicies, type PolicyChange } from "./connectivity/change-policies";
export { changedPassages, type ChangedPassage } from "./connectivity/changes";
export { updateConnectivity } from "./connectivity/update";

// Routing between clusters: whether pods reach each other by address.
export { curesOf, type Cure, type CureManifest, type ManifestCure, type WordsCure } from "./routing/cures";
export { judgeReach } from "./routing/judge-reach";
export { overlappingRanges, type ClusterRanges } from "./routing/ranges";
export { readRouting, ROUTING_KINDS, type RoutingFacts } from "./routing/read-routing";
export type {
  ClusterRouting,
  RangeOverlap,
  Reach,
  ReachCode,
  ReachFinding,
  ReachKind,
  RoutingBgp,
  RoutingFact,
  RoutingNode,
  RoutingPeer,
  RoutingPool,
} from "./routing/types";
