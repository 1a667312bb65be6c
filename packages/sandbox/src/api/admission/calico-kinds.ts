import { isIP, isIPv6 } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { arrayOf, objectOf, objectsOf, stringMapOf, stringOf, stringsOf, valueAt, type JsonObject } from "../../json";
import type { Cause } from "../status";
import { isCidr, isNet } from "./addresses";
import { checkRule, checkSelector, forbiddenField, wrong } from "./calico-rules";

/** An object with the state before, where there is one. */
export interface Subject {
  readonly object: JsonObject;
  readonly live: JsonObject | undefined;
}

type Rule = (subject: Subject) => readonly Cause[];

const specOf = (object: JsonObject): JsonObject => objectOf(object["spec"]);
const nameOf = (object: JsonObject): string => stringOf(valueAt(object, "metadata", "name"));

function checkRules(spec: JsonObject): readonly Cause[] {
  return (["ingress", "egress"] as const).flatMap((direction) =>
    objectsOf(spec[direction]).flatMap((rule, index) => checkRule(rule, `spec.${direction}[${index}]`, direction)),
  );
}

const selectorFields = ["selector", "serviceAccountSelector", "namespaceSelector"];

/** Rules that hold for every Calico policy. */
function policy({ object }: Subject): readonly Cause[] {
  const spec = specOf(object);
  const types = arrayOf(spec["types"]).length === 0 ? [wrong("spec.types", spec["types"], "must have at least 1 item")] : [];
  const tierPrefix = checkTierPrefix(nameOf(object), stringOf(spec["tier"]));
  const selectors = selectorFields.flatMap((field) => checkSelector(spec[field], `spec.${field}`, "no-global"));
  return [...types, ...tierPrefix, ...selectors, ...checkRules(spec)];
}

/** A name may be bare or begin with its own tier; another form with a dot is a mistake in the tier's name. */
function checkTierPrefix(name: string, tier: string): readonly Cause[] {
  const [prefix, ...rest] = name.split(".");
  if (rest.length === 0 || prefix === tier || tier === "default") return [];
  return [wrong("metadata.name", name, `a policy of tier "${tier}" is named without a dot or begins with "${tier}."`)];
}

function globalPolicy(subject: Subject): readonly Cause[] {
  const { preDNAT, doNotTrack, applyOnForward, egress, types } = specOf(subject.object);
  const special = preDNAT === true || doNotTrack === true;
  const causes = [
    ...(preDNAT === true && doNotTrack === true ? [forbiddenField("spec.preDNAT", "preDNAT and doNotTrack cannot both be true")] : []),
    ...(preDNAT === true && arrayOf(egress).length > 0 ? [forbiddenField("spec.egress", "a preDNAT policy has no egress rules")] : []),
    ...(preDNAT === true && stringsOf(types).includes("Egress") ? [forbiddenField("spec.types", "a preDNAT policy has no Egress type")] : []),
    ...(special && applyOnForward !== true ? [wrong("spec.applyOnForward", applyOnForward ?? false, "must be true where preDNAT or doNotTrack is")] : []),
  ];
  return [...policy(subject), ...causes];
}

const fixedTiers: Readonly<Record<string, { readonly order: number; readonly defaultAction: string }>> = {
  "kube-admin": { order: 1_000, defaultAction: "Pass" },
  default: { order: 1_000_000, defaultAction: "Deny" },
  "kube-baseline": { order: 10_000_000, defaultAction: "Pass" },
};

function tier({ object }: Subject): readonly Cause[] {
  const name = nameOf(object);
  const fixed = Object.hasOwn(fixedTiers, name) ? fixedTiers[name] : undefined;
  if (!fixed) return name.includes(".") ? [wrong("metadata.name", name, "the name of a tier has no dot")] : [];
  const spec = specOf(object);
  return [
    ...(spec["order"] === fixed.order ? [] : [wrong("spec.order", spec["order"], `the order of tier "${name}" must be ${fixed.order}`)]),
    ...(spec["defaultAction"] === fixed.defaultAction
      ? []
      : [wrong("spec.defaultAction", spec["defaultAction"], `the default action of tier "${name}" must be ${fixed.defaultAction}`)]),
  ];
}

function networkSet({ object }: Subject): readonly Cause[] {
  return stringsOf(specOf(object)["nets"]).flatMap((net, index) =>
    isNet(net) ? [] : [wrong(`spec.nets[${index}]`, net, "must be an address or a network in CIDR notation")],
  );
}

function globalNetworkSet(subject: Subject): readonly Cause[] {
  const label = stringMapOf(valueAt(subject.object, "metadata", "labels"))["projectcalico.org/namespace"];
  const own = label === undefined ? [] : [wrong("metadata.labels.projectcalico.org/namespace", label, "is not allowed on a GlobalNetworkSet")];
  return [...networkSet(subject), ...own];
}

const minimumBlock = { 4: { smallest: 20, largest: 32 }, 6: { smallest: 116, largest: 128 } } as const;

function ipPool({ object, live }: Subject): readonly Cause[] {
  const { cidr, blockSize, ipipMode, vxlanMode, nodeSelector, namespaceSelector } = specOf(object);
  const text = stringOf(cidr);
  if (!isCidr(text)) return [wrong("spec.cidr", cidr, "must be a network in CIDR notation")];
  const limits = minimumBlock[isIPv6(text.split("/")[0] ?? "") ? 6 : 4];
  const size = typeof blockSize === "number" && (blockSize < limits.smallest || blockSize > limits.largest);
  const both = [ipipMode, vxlanMode].every((mode) => mode !== undefined && mode !== "Never");
  const changed = (["cidr", "blockSize"] as const).filter(
    (field) => live !== undefined && !isDeepStrictEqual(specOf(live)[field], specOf(object)[field]),
  );
  return [
    ...(size ? [wrong("spec.blockSize", blockSize, `must be between ${limits.smallest} and ${limits.largest}`)] : []),
    ...(both ? [forbiddenField("spec.ipipMode", "ipipMode and vxlanMode cannot both be enabled")] : []),
    ...changed.map((field) => wrong(`spec.${field}`, specOf(object)[field], "cannot be changed")),
    ...checkSelector(nodeSelector, "spec.nodeSelector", "no-global"),
    ...checkSelector(namespaceSelector, "spec.namespaceSelector", "no-global"),
  ];
}

function hostEndpoint({ object }: Subject): readonly Cause[] {
  const { node, interfaceName, expectedIPs } = specOf(object);
  const addresses = stringsOf(expectedIPs);
  const bad = addresses.flatMap((address, index) =>
    isIP(address) === 0 ? [wrong(`spec.expectedIPs[${index}]`, address, "must be an address")] : [],
  );
  const nothing = stringOf(interfaceName) === "" && addresses.length === 0;
  return [
    ...bad,
    ...(stringOf(node) === "" ? [wrong("spec.node", node ?? "", "node must be given")] : []),
    ...(nothing ? [wrong("spec", specOf(object), "at least one of interfaceName and expectedIPs must be given")] : []),
  ];
}

function stagedKubernetesPolicy({ object }: Subject): readonly Cause[] {
  const spec = specOf(object);
  const rules = ["ingress", "egress"].flatMap((name) => (arrayOf(spec[name]).length > 0 ? [name] : []));
  return spec["stagedAction"] === "Delete"
    ? rules.map((name) => forbiddenField(`spec.${name}`, "a policy staged for deletion has no rules"))
    : [];
}

/** What holds for Calico's kinds beyond their shape, by resource; facts from the CRDs of projectcalico/calico. */
export const calicoRules: Readonly<Record<string, Rule>> = {
  "networkpolicies.projectcalico.org": policy,
  "stagednetworkpolicies.projectcalico.org": policy,
  "globalnetworkpolicies.projectcalico.org": globalPolicy,
  "stagedglobalnetworkpolicies.projectcalico.org": globalPolicy,
  "stagedkubernetesnetworkpolicies.projectcalico.org": stagedKubernetesPolicy,
  "tiers.projectcalico.org": tier,
  "networksets.projectcalico.org": networkSet,
  "globalnetworksets.projectcalico.org": globalNetworkSet,
  "ippools.projectcalico.org": ipPool,
  "hostendpoints.projectcalico.org": hostEndpoint,
};

/** The resources whose objects live in a tier. */
export const tieredResources: readonly string[] = [
  "networkpolicies",
  "globalnetworkpolicies",
  "stagednetworkpolicies",
  "stagedglobalnetworkpolicies",
];

/** The tiers that a cluster always has. */
export const builtInTiers = fixedTiers;
