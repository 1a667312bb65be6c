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

/**
 * Name of a published set: whose it is, which peers select it (their labels), and which part of the addresses it holds.
 * INVARIANT: a set of one name carries the same labels for ever, so that policies which wait for their new revision
 * keep their peers until it is applied.
 */
export const setName = (identity: WorkloadIdentity, peers: readonly string[], part: number): string =>
  `isthmus-${sha256Hex(identityText(identity)).slice(0, 10)}-${sha256Hex(peers.join(",")).slice(0, 8)}-${part}`;
