import { isIP } from "node:net";
import { arrayOf, objectOf, objectsOf, stringMapOf, stringOf, stringsOf, valueAt, type JsonObject } from "../../json";
import type { Cause } from "../status";
import { isNet } from "./addresses";
import { bgpConfiguration, bgpPeer } from "./bgp-kinds";
import { checkRule } from "./calico-rules";
import { checkSelector } from "./calico-selectors";
import { felixConfiguration, ipPool } from "./calico-settings";
import { forbiddenField, wrong } from "./causes";

/** An object with the state before, where there is one. */
export interface Subject {
  readonly object: JsonObject;
  readonly live: JsonObject | undefined;
  /** Whether a policy's name must begin with its tier, as Calico's own API server asked before 3.32. */
  readonly tierInNames?: boolean;
}

type Rule = (subject: Subject) => readonly Cause[];

const specOf = (object: JsonObject): JsonObject => objectOf(object["spec"]);
const nameOf = (object: JsonObject): string => stringOf(valueAt(object, "metadata", "name"));

function scopeOf({ kind }: JsonObject): "global" | "namespaced" {
  return stringOf(kind).includes("Global") ? "global" : "namespaced";
}

function checkRules(object: JsonObject): readonly Cause[] {
  const scope = scopeOf(object);
  return (["ingress", "egress"] as const).flatMap((direction) =>
    objectsOf(specOf(object)[direction]).flatMap((rule, index) =>
      checkRule({ rule, field: `spec.${direction}[${index}]`, direction, scope }),
    ),
  );
}

const selectorFields = ["selector", "serviceAccountSelector", "namespaceSelector"];

/** Rules that hold for every Calico policy. */
function policy({ object, tierInNames = false }: Subject): readonly Cause[] {
  const spec = specOf(object);
  const types =
    arrayOf(spec["types"]).length === 0 ? [wrong("spec.types", spec["types"], "must have at least 1 item")] : [];
  const check = tierInNames ? checkPrefixedName : checkPolicyName;
  const tierPrefix = check(object, stringOf(spec["tier"]));
  const selectors = selectorFields.flatMap((field) => checkSelector(spec[field], `spec.${field}`, "elsewhere"));
  return [...types, ...tierPrefix, ...selectors, ...checkRules(object)];
}

/** A name may be bare or begin with its own tier; namespaced policies may be named after a Kubernetes one. */
function checkPolicyName(object: JsonObject, tier: string): readonly Cause[] {
  const name = nameOf(object);
  const [prefix, ...rest] = name.split(".");
  const kubernetes = name.startsWith("knp.default.") && scopeOf(object) === "namespaced";
  if (rest.length === 0 || kubernetes) return [];
  if (rest.length > 1)
    return [wrong("metadata.name", name, "has more than one dot: a name is `<name>` or `<tier>.<name>`")];
  if (prefix === tier || tier === "default") return [];
  return [wrong("metadata.name", name, `a policy of tier "${tier}" is named without a dot or begins with "${tier}."`)];
}

/** In the tier `default` a name may do without it (libcalico-go, lib/names). */
function checkPrefixedName(object: JsonObject, tier: string): readonly Cause[] {
  const name = nameOf(object);
  const foreign = ["knp.default.", "ossg."].some((prefix) => name.startsWith(prefix));
  if (foreign || name.startsWith(`${tier}.`) || (tier === "default" && !name.includes("."))) return [];
  return [wrong("metadata.name", name, `the name of a policy of tier "${tier}" must begin with "${tier}."`)];
}

function globalPolicy(subject: Subject): readonly Cause[] {
  const { preDNAT, doNotTrack, applyOnForward, egress, types } = specOf(subject.object);
  const special = preDNAT === true || doNotTrack === true;
  const causes = [
    ...(preDNAT === true && doNotTrack === true
      ? [forbiddenField("spec.preDNAT", "preDNAT and doNotTrack cannot both be true")]
      : []),
    ...(preDNAT === true && arrayOf(egress).length > 0
      ? [forbiddenField("spec.egress", "a preDNAT policy has no egress rules")]
      : []),
    ...(preDNAT === true && stringsOf(types).includes("Egress")
      ? [forbiddenField("spec.types", "a preDNAT policy has no Egress type")]
      : []),
    ...(special && applyOnForward !== true
      ? [wrong("spec.applyOnForward", applyOnForward ?? false, "must be true where preDNAT or doNotTrack is")]
      : []),
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
  const good = !name.includes(".") && name.length <= 63;
  if (!fixed)
    return good ? [] : [wrong("metadata.name", name, "the name of a tier has at most 63 characters and no dot")];
  const spec = specOf(object);
  return [
    ...(spec["order"] === fixed.order
      ? []
      : [wrong("spec.order", spec["order"], `the order of tier "${name}" must be ${fixed.order}`)]),
    ...(spec["defaultAction"] === fixed.defaultAction
      ? []
      : [
          wrong(
            "spec.defaultAction",
            spec["defaultAction"],
            `the default action of tier "${name}" must be ${fixed.defaultAction}`,
          ),
        ]),
  ];
}

function networkSet({ object }: Subject): readonly Cause[] {
  const nets = stringsOf(specOf(object)["nets"]).flatMap((net, index) =>
    isNet(net) ? [] : [wrong(`spec.nets[${index}]`, net, "must be an address or a network in CIDR notation")],
  );
  const label = stringMapOf(valueAt(object, "metadata", "labels"))["projectcalico.org/namespace"];
  const field = "metadata.labels.projectcalico.org/namespace";
  return label === undefined ? nets : [...nets, wrong(field, label, "is not allowed on a network set")];
}

function hostEndpoint({ object }: Subject): readonly Cause[] {
  const { node, interfaceName, expectedIPs, profiles } = specOf(object);
  const addresses = stringsOf(expectedIPs);
  const bad = addresses.flatMap((address, index) =>
    isIP(address) === 0 ? [wrong(`spec.expectedIPs[${index}]`, address, "must be an address")] : [],
  );
  const nothing = stringOf(interfaceName) === "" && addresses.length === 0;
  const profileNames = stringsOf(profiles).filter((name) => !/^[A-Za-z0-9][-A-Za-z0-9_.]*$/.test(name));
  return [
    ...bad,
    ...profileNames.map((name) => wrong("spec.profiles", name, "is no name of a profile")),
    ...(stringOf(node) === "" ? [wrong("spec.node", node ?? "", "node must be given")] : []),
    ...(nothing ? [wrong("spec", specOf(object), "at least one of interfaceName and expectedIPs must be given")] : []),
  ];
}

const enforcedFields = [
  "order",
  ...selectorFields,
  "ingress",
  "egress",
  "doNotTrack",
  "preDNAT",
  "applyOnForward",
  "performanceHints",
];

/** A policy that is staged for deletion says nothing else. */
function staged(rule: Rule, fields: readonly string[]): Rule {
  return (subject) => {
    const spec = specOf(subject.object);
    const others = spec["stagedAction"] === "Delete" ? fields.filter((field) => spec[field] !== undefined) : [];
    const why = "a policy staged for deletion has no other field";
    return [...rule(subject), ...others.map((field) => forbiddenField(`spec.${field}`, why))];
  };
}

/** What holds for Calico's kinds beyond their shape, by resource; facts from the CRDs of projectcalico/calico. */
export const calicoRules: Readonly<Record<string, Rule>> = {
  "networkpolicies.projectcalico.org": policy,
  "stagednetworkpolicies.projectcalico.org": staged(policy, enforcedFields),
  "globalnetworkpolicies.projectcalico.org": globalPolicy,
  "stagedglobalnetworkpolicies.projectcalico.org": staged(globalPolicy, enforcedFields),
  "stagedkubernetesnetworkpolicies.projectcalico.org": staged(() => [], ["ingress", "egress"]),
  "tiers.projectcalico.org": tier,
  "networksets.projectcalico.org": networkSet,
  "globalnetworksets.projectcalico.org": networkSet,
  "ippools.projectcalico.org": ipPool,
  "hostendpoints.projectcalico.org": hostEndpoint,
  "felixconfigurations.projectcalico.org": felixConfiguration,
  "bgpconfigurations.projectcalico.org": bgpConfiguration,
  "bgppeers.projectcalico.org": bgpPeer,
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

/** Keeps a tier while policies are in it. */
export const tierFinalizer = "projectcalico.org/tier-controller";
