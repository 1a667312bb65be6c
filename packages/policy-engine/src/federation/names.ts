import { sha256Hex } from "../text/encode";
import type { WorkloadIdentity } from "./types";

/** Label prefix that is wholly ours. */
export const OUR_PREFIX = "isthmus.io/";

/** On everything that we write. */
export const MANAGED_LABEL = "isthmus.io/managed";

/** On a published set: whose it is. */
export const IDENTITY_LABEL = "isthmus.io/identity";

/** Annotation of a compiled rule: the index of the rule that it was made of. */
export const RULE_ANNOTATION = "isthmus.io/rule";

/** Most nets of one published set. */
export const MAX_NETS_PER_SET = 2000;

/** The text that names an identity; none of its parts can hold a slash. */
export const identityText = (identity: WorkloadIdentity): string =>
  `${identity.sourceClusterId}/${identity.namespace}/${identity.workloadKind}/${identity.workloadName}`;

/** Value of the identity label: 20 hex digits. */
export const identityHash = (identity: WorkloadIdentity): string => sha256Hex(identityText(identity)).slice(0, 20);

/** Name of a published set. */
export const setName = (identity: WorkloadIdentity, shard: number): string =>
  `isthmus-${sha256Hex(identityText(identity)).slice(0, 10)}-${shard}`;
