import type { Labels, ResourceRef } from "../model/resource";
import { DNS_SUBDOMAIN, isLabelValue, isQualifiedName, MAX_NAME_LENGTH } from "./names";
import { complain, field, readString, readStringMap, type Reader } from "./reader";

/** The parts of `metadata` that mean something to policies. */
export interface Metadata {
  readonly ref: ResourceRef;
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** What names of a kind look like, and whether it lives in a namespace. */
export interface NameRule {
  readonly pattern: RegExp;
  readonly maxLength: number;
  readonly hint: string;
  readonly namespaced: boolean;
}

/** The rule for kinds without one of their own. */
export const PLAIN_NAME: NameRule = {
  pattern: DNS_SUBDOMAIN,
  maxLength: MAX_NAME_LENGTH,
  hint: "names have lower-case letters, digits, - and .",
  namespaced: false,
};

/** Most bytes of all annotations together (Kubernetes). */
const MAX_ANNOTATION_BYTES = 256 * 1024;

/** Complains about annotations that Kubernetes would refuse. */
export function readAnnotations(reader: Reader): Labels {
  const annotations = readStringMap(reader);
  for (const key of Object.keys(annotations)) {
    if (isQualifiedName(key.toLowerCase())) continue;
    complain(field(reader, key), { code: "invalid-annotation", message: `\`${key}\` is not a valid annotation name` });
  }
  const bytes = Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  if (bytes > MAX_ANNOTATION_BYTES)
    complain(reader, { code: "too-large", message: "annotations are larger than 256 KiB" });
  return annotations;
}

function readLabels(reader: Reader): Labels {
  const labels = readStringMap(reader);
  for (const [key, value] of Object.entries(labels)) {
    const at = field(reader, key);
    if (!isQualifiedName(key)) {
      const hint = "letters, digits, -, _ and ., at most 63, after an optional dns.prefix/";
      complain(at, { code: "invalid-label", message: `\`${key}\` is not a valid label name`, hint });
    }
    if (!isLabelValue(value)) {
      const hint = "letters, digits, -, _ and ., at most 63 characters";
      complain(at, { code: "invalid-label-value", message: `\`${value}\` is not a valid label value`, hint });
    }
  }
  return labels;
}

function checkName(reader: Reader, name: string, rule: NameRule): void {
  if (name === "") complain(reader, { code: "missing-name", message: "the object has no name" });
  else if (name.length > rule.maxLength) {
    const message = `name has ${name.length} characters, at most ${rule.maxLength} are allowed`;
    complain(reader, { code: "name-too-long", message });
  } else if (!rule.pattern.test(name)) {
    complain(reader, { code: "invalid-name", message: `\`${name}\` is not a valid name here`, hint: rule.hint });
  }
}

/** Reads apiVersion, kind and metadata. */
export function readMetadata(root: Reader, rule: NameRule): Metadata {
  const metadata = field(root, "metadata");
  const name = readString(field(metadata, "name")) ?? "";
  checkName(field(metadata, "name"), name, rule);
  const namespaceField = field(metadata, "namespace");
  const namespace = readString(namespaceField) ?? "";
  if (!rule.namespaced && namespace !== "") {
    complain(namespaceField, {
      code: "not-namespaced",
      message: "objects of this kind have no namespace",
      hint: "remove it",
    });
  }
  return {
    ref: {
      apiVersion: readString(field(root, "apiVersion")) ?? "",
      kind: readString(field(root, "kind")) ?? "",
      namespace: rule.namespaced ? namespace : "",
      name,
    },
    labels: readLabels(field(metadata, "labels")),
    annotations: readAnnotations(field(metadata, "annotations")),
  };
}
