import type { SelectorNode } from "@isthmus/policy-engine/selector-syntax";
import { numberOf, objectOf, objectsOf, stringOf, stringsOf, type JsonObject } from "../json";
import type { KubeObject } from "../store/types";
import { lowerRule } from "./lower-rule";
import type { Policy, PolicyKind, Rule } from "./model";
import {
  allOf,
  equals,
  lowerNamespaceSelector,
  NAMESPACE_LABEL,
  readSelector,
  SERVICE_ACCOUNT_PREFIX,
  withPrefix,
} from "./selector";

const ALL: SelectorNode = { kind: "all" };

/**
 * Lowers a Calico v3 policy or staged policy. Undefined where it means nothing to a workload: policies of the host's
 * raw and pre-DNAT chains, and staged deletions. Throws NotProgrammable.
 */
export function lowerCalicoPolicy(object: KubeObject): Policy | undefined {
  const spec = objectOf(object["spec"]);
  const staged = object.kind.startsWith("Staged");
  if (spec["doNotTrack"] === true || spec["preDNAT"] === true) return undefined;
  if (staged && (stringOf(spec["stagedAction"]) || "Set") !== "Set") return undefined;
  const kind: PolicyKind = object.kind.endsWith("GlobalNetworkPolicy") ? "GlobalNetworkPolicy" : "CalicoNetworkPolicy";
  const namespace = kind === "GlobalNetworkPolicy" ? undefined : (object.metadata.namespace ?? "");
  return {
    kind,
    staged,
    name: object.metadata.name,
    namespace: namespace ?? "",
    tier: stringOf(spec["tier"]) || "default",
    order: numberOf(spec["order"], Number.POSITIVE_INFINITY),
    selector: policySelector(spec, namespace),
    ...directions(spec, namespace),
  };
}

function policySelector(spec: JsonObject, namespace: string | undefined): SelectorNode {
  const accounts = readSelector(stringOf(spec["serviceAccountSelector"]));
  const namespaces = namespace === undefined ? readSelector(stringOf(spec["namespaceSelector"])) : undefined;
  return (
    allOf([
      readSelector(stringOf(spec["selector"])),
      accounts && withPrefix(accounts, SERVICE_ACCOUNT_PREFIX),
      namespaces && lowerNamespaceSelector(namespaces),
      namespace === undefined ? undefined : equals(NAMESPACE_LABEL, namespace),
    ]) ?? ALL
  );
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
