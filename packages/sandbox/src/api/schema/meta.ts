import {
  anything,
  atomicObject,
  flag,
  integer,
  listBy,
  listOf,
  mapOf,
  object,
  oneOf,
  mergedSetOf,
  stringMap,
  strings,
  text,
  time,
  type ObjectSchema,
  type Schema,
} from "./types";

const ownerReference = atomicObject({
  "apiVersion!": text,
  "kind!": text,
  "name!": text,
  "uid!": text,
  controller: flag,
  blockOwnerDeletion: flag,
});

const managedField = object({
  manager: text,
  operation: oneOf("Apply", "Update"),
  apiVersion: text,
  time,
  fieldsType: text,
  fieldsV1: anything,
  subresource: text,
});

/** `metadata` of every kind. */
export const objectMeta: ObjectSchema = object({
  name: text,
  namespace: text,
  generateName: text,
  uid: text,
  resourceVersion: text,
  creationTimestamp: time,
  deletionTimestamp: time,
  deletionGracePeriodSeconds: integer,
  generation: integer,
  selfLink: text,
  labels: stringMap,
  annotations: stringMap,
  finalizers: mergedSetOf(text),
  ownerReferences: listBy(["uid"], ownerReference),
  managedFields: listOf(managedField),
});

/** `matchLabels` and `matchExpressions`. */
export const labelSelector: ObjectSchema = atomicObject({
  matchLabels: stringMap,
  matchExpressions: listOf(
    object({ "key!": text, "operator!": oneOf("In", "NotIn", "Exists", "DoesNotExist"), values: strings }),
  ),
});

/** The usual `status.conditions`. */
export const conditions: Schema = listBy(
  ["type"],
  object({
    "type!": text,
    "status!": oneOf("True", "False", "Unknown"),
    reason: text,
    message: text,
    lastTransitionTime: time,
    lastUpdateTime: time,
    lastProbeTime: { type: "any" },
    lastHeartbeatTime: time,
    observedGeneration: integer,
  }),
);

/** A reference to an object, wherever it is. */
export const objectReference = atomicObject({
  apiVersion: text,
  kind: text,
  name: text,
  namespace: text,
  uid: text,
  resourceVersion: text,
  fieldPath: text,
});

/** A kind: `apiVersion`, `kind`, `metadata` and the fields given. */
export function kind(fields: Readonly<Record<string, Schema>>): ObjectSchema {
  return object({ apiVersion: text, kind: text, metadata: objectMeta, ...fields });
}

/** Amounts by resource name, as in `requests` and `limits`. */
export const amounts: Schema = mapOf({ type: "quantity" });
