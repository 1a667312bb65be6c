import type { SelectorNode } from "@isthmus/policy-engine/selector-syntax";
import { numberOf, objectOf, objectsOf, stringOf, stringsOf, type JsonObject } from "../json";
import type { KubeObject } from "../store/types";
import { lowerRule } from "./lower-rule";
import type { Policy, PolicyKind, Rule } from "./model";
import {
  allOf,
  equals,
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  readSelector,
  replaceAll,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_PREFIX,
  withPrefix,
} from "./selector";

const ALL: SelectorNode = { kind: "all" };
const HAS_NAMESPACE: SelectorNode = { kind: "has", label: NAMESPACE_LABEL };
const HAS_SERVICE_ACCOUNT: SelectorNode = { kind: "has", label: SERVICE_ACCOUNT_LABEL };

/**
 * Lowers a Calico v3 policy or staged policy. Undefined for staged deletions, the one staged action that is kept from
 * Felix (libcalico-go, ConvertStagedGlobalNetworkPolicyV3ToV1Value). Throws NotProgrammable.
 */
export function lowerCalicoPolicy(object: KubeObject): Policy | undefined {
  const spec = objectOf(object["spec"]);
  const staged = object.kind.startsWith("Staged");
  if (staged && spec["stagedAction"] === "Delete") return undefined;
  const kind: PolicyKind = object.kind.endsWith("GlobalNetworkPolicy") ? "GlobalNetworkPolicy" : "CalicoNetworkPolicy";
  const namespace = kind === "GlobalNetworkPolicy" ? undefined : (object.metadata.namespace ?? "");
  return {
    kind,
    staged,
    name: object.metadata.name,
    namespace: namespace ?? "",
    tier: stringOf(spec["tier"]) || "default",
    order: numberOf(spec["order"], Number.POSITIVE_INFINITY),
    table: spec["doNotTrack"] === true ? "untracked" : spec["preDNAT"] === true ? "pre-dnat" : "normal",
    applyOnForward: spec["applyOnForward"] === true,
    selector: namespace === undefined ? globalSelector(spec) : namespacedSelector(spec, namespace),
    ...directions(spec, namespace),
  };
}

function namespacedSelector(spec: JsonObject, namespace: string): SelectorNode {
  const accounts = readSelector(stringOf(spec["serviceAccountSelector"]));
  return (
    allOf([
      readSelector(stringOf(spec["selector"])),
      equals(NAMESPACE_LABEL, namespace),
      accounts && withPrefix(accounts, SERVICE_ACCOUNT_PREFIX),
    ]) ?? ALL
  );
}

/**
 * Of a global policy Calico reads `all()` as "has a namespace" once a namespaceSelector is joined, and as "has a service
 * account" once a serviceAccountSelector is, in all that was joined before, too: it replaces the text (libcalico-go,
 * globalnetworkpolicyprocessor.go, and the tests beside it).
 */
function globalSelector(spec: JsonObject): SelectorNode {
  const selector = readSelector(stringOf(spec["selector"]));
  const namespaces = readSelector(stringOf(spec["namespaceSelector"]));
  const accounts = readSelector(stringOf(spec["serviceAccountSelector"]));
  const scoped =
    namespaces && replaceAll(allOf([selector, withPrefix(namespaces, NAMESPACE_PREFIX)]) ?? ALL, HAS_NAMESPACE);
  const joined = scoped ?? selector;
  if (accounts === undefined) return joined ?? ALL;
  return replaceAll(allOf([joined, withPrefix(accounts, SERVICE_ACCOUNT_PREFIX)]) ?? ALL, HAS_SERVICE_ACCOUNT);
}

/** Without `types` a policy governs the directions that it has rules for, and ingress where it has none. */
function directions(spec: JsonObject, namespace: string | undefined): Pick<Policy, "ingress" | "egress"> {
  const lower = (rules: readonly JsonObject[]): readonly Rule[] => rules.map((rule) => lowerRule(rule, namespace));
  const ingress = objectsOf(spec["ingress"]);
  const egress = objectsOf(spec["egress"]);
  const types = stringsOf(spec["types"]);
  const governs = {
    ingress: types.length > 0 ? types.includes("Ingress") : ingress.length > 0 || egress.length === 0,
    egress: types.length > 0 ? types.includes("Egress") : egress.length > 0,
  };
  return {
    ingress: governs.ingress ? lower(ingress) : undefined,
    egress: governs.egress ? lower(egress) : undefined,
  };
}
