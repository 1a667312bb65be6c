import type { Direction, Policy, PolicyKind, Rule, StagedAction } from "../model/policy";
import { GLOBAL_POLICY_NAME, MAX_NAME_LENGTH, NETWORK_POLICY_NAME, requireName } from "./names";
import { readMetadata, type NameRule } from "./metadata";
import {
  complain,
  field,
  isPresent,
  readBoolean,
  readList,
  readNumber,
  readObject,
  readString,
  readStrings,
  readWord,
  rejectRepeats,
  unknownFieldsSince,
  warn,
  type Reader,
} from "./reader";
import { readRule } from "./rule";
import { readSelector } from "./selector";

/** Most rules in one direction of a policy (Calico's CRDs). */
export const MAX_RULES = 1024;

const HINT = "lower-case letters, digits and -, with one . at most, between tier and name";

const NAMES: Record<"namespaced" | "global", NameRule> = {
  namespaced: { pattern: NETWORK_POLICY_NAME, maxLength: MAX_NAME_LENGTH, hint: HINT, namespaced: true },
  global: { pattern: GLOBAL_POLICY_NAME, maxLength: MAX_NAME_LENGTH, hint: HINT, namespaced: false },
};

type CalicoKind = Exclude<PolicyKind, "KubernetesNetworkPolicy" | "StagedKubernetesNetworkPolicy">;

const isGlobal = (kind: CalicoKind): boolean => kind === "GlobalNetworkPolicy" || kind === "StagedGlobalNetworkPolicy";
const isStaged = (kind: CalicoKind): boolean => kind === "StagedNetworkPolicy" || kind === "StagedGlobalNetworkPolicy";

const COMMON_FIELDS = [
  "tier",
  "order",
  "selector",
  "serviceAccountSelector",
  "types",
  "ingress",
  "egress",
  "performanceHints",
] as const;

const GLOBAL_FIELDS = ["namespaceSelector", "doNotTrack", "preDNAT", "applyOnForward"] as const;

function specFields(kind: CalicoKind): readonly string[] {
  return [...COMMON_FIELDS, ...(isGlobal(kind) ? GLOBAL_FIELDS : []), ...(isStaged(kind) ? ["stagedAction"] : [])];
}

/** Calico's default: what rules there are, and ingress where there are none at all. */
export function defaultTypes(ingress: number, egress: number): readonly Direction[] {
  if (egress === 0) return ["ingress"];
  return ingress === 0 ? ["egress"] : ["ingress", "egress"];
}

function readTypes(reader: Reader, rules: { readonly ingress: number; readonly egress: number }): readonly Direction[] {
  const words = readStrings(reader);
  rejectRepeats(words);
  const types = words.flatMap(({ at }) => readWord(at, ["Ingress", "Egress"]) ?? []);
  if (words.length > 0) return types.map((type) => (type === "Ingress" ? "ingress" : "egress"));
  if (isPresent(reader))
    warn(reader, {
      code: "empty-types",
      message: "clusters with Calico's own CRDs refuse an empty list",
      hint: "leave types out",
    });
  return defaultTypes(rules.ingress, rules.egress);
}

const readRules = (reader: Reader, direction: Direction): readonly Rule[] =>
  readList(reader, MAX_RULES).map((at) => readRule(at, direction));

function readPerformanceHints(reader: Reader): void {
  const hints = readStrings(reader);
  rejectRepeats(hints);
  for (const { at } of hints) readWord(at, ["AssumeNeededOnEveryNode"]);
}

function checkHostFields(spec: Reader, policy: Policy): void {
  const { preDnat, doNotTrack, applyOnForward } = policy;
  if (preDnat && doNotTrack) {
    complain(field(spec, "preDNAT"), {
      code: "pre-dnat-untracked",
      message: "preDNAT and doNotTrack exclude each other",
    });
  }
  if (preDnat && policy.egress.length > 0) {
    complain(field(spec, "egress"), { code: "pre-dnat-egress", message: "a preDNAT policy has no egress rules" });
  }
  if (preDnat && isPresent(field(spec, "types")) && policy.types.includes("egress")) {
    complain(field(spec, "types"), { code: "pre-dnat-egress", message: "a preDNAT policy has no type Egress" });
  }
  if ((preDnat || doNotTrack) && !applyOnForward) {
    const message = "preDNAT and doNotTrack need applyOnForward: true";
    complain(field(spec, "applyOnForward"), { code: "needs-apply-on-forward", message });
  }
}

/** In a global policy a service needs its namespace: there is no other one to mean. */
function checkGlobalServices(spec: Reader, policy: Policy): void {
  const far = { ingress: "source", egress: "destination" } as const;
  for (const direction of ["ingress", "egress"] as const) {
    for (const [index, rule] of policy[direction].entries()) {
      const { services } = rule[far[direction]];
      if (!services || services.namespace !== undefined) continue;
      const at = field(field(spec, direction), "");
      const path = [...at.path.slice(0, -1), index, far[direction], "services"];
      complain(
        { ...at, path },
        { code: "missing-service-namespace", message: "a global policy names the service's namespace" },
      );
    }
  }
}

function checkStagedDelete(spec: Reader, unknown: readonly string[]): void {
  const value = spec.value;
  const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
  for (const key of keys) {
    if (key === "stagedAction" || key === "tier" || unknown.includes(key)) continue;
    const inner = field(spec, key);
    const zero = !isPresent(inner) || inner.value === "" || inner.value === false;
    if (zero || (Array.isArray(inner.value) && inner.value.length === 0)) continue;
    const message = `\`${key}\` cannot be combined with stagedAction Delete`;
    complain(inner, { code: "staged-delete-has-fields", message, hint: "keep only tier and stagedAction" });
  }
}

function readTierName(reader: Reader): string {
  const text = readString(reader);
  if (text === undefined || text === "") return "default";
  requireName(reader, text);
  return text;
}

/** Reads NetworkPolicy, GlobalNetworkPolicy and their staged kinds of `projectcalico.org/v3`. */
export function readCalicoPolicy(root: Reader, kind: CalicoKind): Policy {
  const global = isGlobal(kind);
  const metadata = readMetadata(root, NAMES[global ? "global" : "namespaced"]);
  if (!global && metadata.ref.namespace === "") {
    const hint = "write metadata.namespace";
    warn(field(root, "metadata"), { code: "missing-namespace", message: "the policy names no namespace", hint });
  }
  const spec = field(root, "spec");
  readObject(spec, specFields(kind));
  const unknown = unknownFieldsSince(root, 0);
  const ingress = readRules(field(spec, "ingress"), "ingress");
  const egress = readRules(field(spec, "egress"), "egress");
  const order = readNumber(field(spec, "order"));
  const selector = readSelector(field(spec, "selector"), { global: "forbidden" });
  const serviceAccountSelector = readSelector(field(spec, "serviceAccountSelector"), { global: "forbidden" });
  const namespaceSelector = global
    ? readSelector(field(spec, "namespaceSelector"), { global: "forbidden" })
    : undefined;
  const stagedAction = isStaged(kind) ? readStagedAction(field(spec, "stagedAction")) : undefined;
  readPerformanceHints(field(spec, "performanceHints"));
  const policy: Policy = {
    resource: "policy",
    kind,
    ...metadata,
    name: metadata.ref.name,
    namespace: metadata.ref.namespace,
    tier: readTierName(field(spec, "tier")),
    ...(order !== undefined && { order }),
    ...(selector && { selector }),
    ...(namespaceSelector && { namespaceSelector }),
    ...(serviceAccountSelector && { serviceAccountSelector }),
    types: readTypes(field(spec, "types"), { ingress: ingress.length, egress: egress.length }),
    ingress,
    egress,
    doNotTrack: global && readBoolean(field(spec, "doNotTrack")),
    preDnat: global && readBoolean(field(spec, "preDNAT")),
    applyOnForward: !global || readBoolean(field(spec, "applyOnForward")),
    ...(stagedAction && { stagedAction }),
    unknown,
  };
  if (stagedAction === "Delete") checkStagedDelete(spec, unknown);
  else if (global) {
    checkHostFields(spec, policy);
    checkGlobalServices(spec, policy);
  }
  return policy;
}

const readStagedAction = (reader: Reader): StagedAction =>
  readWord(reader, ["Set", "Delete", "Learn", "Ignore"], true) ?? "Set";
