import type { Profile } from "../model/policy";
import { PLAIN_NAME, readMetadata } from "./metadata";
import { field, readList, readObject, readStringMap, type Reader } from "./reader";
import { readRule } from "./rule";

/** Reads a Profile of `projectcalico.org/v3`. */
export function readProfile(root: Reader): Profile {
  const { ref, labels } = readMetadata(root, PLAIN_NAME);
  const spec = field(root, "spec");
  readObject(spec, ["ingress", "egress", "labelsToApply"]);
  return {
    resource: "profile",
    ref,
    labels,
    labelsToApply: readStringMap(field(spec, "labelsToApply")),
    ingress: readList(field(spec, "ingress")).map((at) => readRule(at, "ingress")),
    egress: readList(field(spec, "egress")).map((at) => readRule(at, "egress")),
  };
}
