export type { AccessError, ClusterAccess, TokenSource } from "./config/cluster-access";
export { SERVICE_ACCOUNT_DIR, type InClusterAddress } from "./config/in-cluster";
export { loadAccess, type AccessSources } from "./config/load-access";
export type { KubeError, KubeErrorCode } from "./errors";
export { createHttpsTransport, type HttpRequest, type HttpsTransport } from "./http/https-transport";
export { readBody } from "./http/read-body";
export { CALICO_CRD, CALICO_KINDS, CALICO_V3, CORE_KINDS, SERVICE_CIDR_KIND, resourceKind } from "./kinds";
export { FIELD_MANAGER, createKubernetesApi } from "./kubernetes-api";
export {
  apiGroup,
  isRecord,
  listAt,
  recordAt,
  textAt,
  type KubeObject,
  type ObjectMeta,
  type ObjectName,
  type OwnerReference,
  type ResourceKind,
} from "./object";
export type {
  AccessQuestion,
  Answer,
  FollowObjects,
  GetObject,
  InspectCluster,
  KubernetesApi,
  ListPage,
  ListQuery,
  Stoppable,
  WatchEvent,
  WatchQuery,
  WriteObjects,
  WriteOptions,
} from "./ports";
export { trimObject } from "./trim";
export { linesOf } from "./watch/json-lines";
export { followCollection, type CollectionListener, type FollowOptions } from "./watch/follow-collection";
