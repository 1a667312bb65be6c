import { parseResource, validateResource, type Diagnostic } from "@isthmus/policy-engine";
import { readPolicyYaml, type EditorDiagnostic, type PolicyYaml } from "./policy-yaml";

/** Kinds that are written into clusters. */
export type ManagedKind = "NetworkPolicy" | "GlobalNetworkPolicy";

/** A text that may be saved. */
export interface CheckedPolicy {
  readonly kind: ManagedKind;
  /** Empty for a GlobalNetworkPolicy. */
  readonly namespace: string;
  /** `<tier>.<name>`. */
  readonly name: string;
  readonly tier: string;
  readonly manifest: unknown;
}

/** What is wrong with a text, each thing at its place, and what it says where nothing is. */
export interface PolicyCheck {
  readonly diagnostics: readonly EditorDiagnostic[];
  readonly policy: CheckedPolicy | undefined;
}

/** What a text is checked against. */
export interface CheckAgainst {
  /** Names of the tiers that are ours. */
  readonly tiers: readonly string[];
  /** The policy that a new revision belongs to; a revision cannot rename or move it. */
  readonly existing?: Pick<CheckedPolicy, "kind" | "namespace" | "name">;
}

type Complaint = Pick<EditorDiagnostic, "code" | "message"> & {
  readonly hint: string;
  readonly path: readonly (string | number)[];
};

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (found, step) =>
      typeof found === "object" && found !== null ? (found as Readonly<Record<string, unknown>>)[step] : undefined,
    value,
  );
const textAt = (value: unknown, ...path: readonly string[]): string => {
  const found = at(value, ...path);
  return typeof found === "string" ? found : "";
};

const quoteAll = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

function kindComplaints(value: unknown): Complaint[] {
  const kind = textAt(value, "kind");
  if (kind === "" || kind === "NetworkPolicy" || kind === "GlobalNetworkPolicy") {
    if (textAt(value, "apiVersion") !== "networking.k8s.io/v1") return [];
    return [
      {
        code: "kind-not-managed",
        message: "policies are written as Calico's, in a tier of ours",
        hint: "write apiVersion: projectcalico.org/v3",
        path: ["apiVersion"],
      },
    ];
  }
  return [
    {
      code: "kind-not-managed",
      message: `\`${kind}\` is not written into clusters from here`,
      hint: "write kind: NetworkPolicy, or GlobalNetworkPolicy for every namespace",
      path: ["kind"],
    },
  ];
}

function tierComplaints(value: unknown, tiers: readonly string[]): Complaint[] {
  const written = textAt(value, "spec", "tier");
  const tier = written === "" ? "default" : written;
  if (tiers.includes(tier)) return nameComplaints(value, tier);
  const ours = tiers.length === 0 ? "there is none yet: make one first" : `tiers of ours: ${quoteAll(tiers)}`;
  const message =
    written === ""
      ? "without `tier` this goes to the tier `default`, which is the cluster's own"
      : `the tier \`${tier}\` is not managed by us`;
  return [
    {
      code: "tier-not-ours",
      message,
      hint: `choose a tier that Isthmus owns in every cluster; ${ours}`,
      path: ["spec", "tier"],
    },
  ];
}

function nameComplaints(value: unknown, tier: string): Complaint[] {
  const name = textAt(value, "metadata", "name");
  if (name === "" || name.startsWith(`${tier}.`)) return [];
  return [
    {
      code: "name-without-tier",
      message: `the name of a policy in the tier \`${tier}\` begins with \`${tier}.\``,
      hint: `write name: ${tier}.${name.includes(".") ? name.slice(name.indexOf(".") + 1) : name}`,
      path: ["metadata", "name"],
    },
  ];
}

function reservedComplaints(value: unknown): Complaint[] {
  return (["labels", "annotations"] as const).flatMap((field) =>
    Object.keys((at(value, "metadata", field) ?? {}) as object)
      .filter((key) => key.startsWith("isthmus.io/"))
      .map((key) => ({
        code: "reserved-key",
        message: `\`${key}\` is set by Isthmus itself`,
        hint: "leave it out",
        path: ["metadata", field, key],
      })),
  );
}

function identityComplaints(value: unknown, existing: CheckAgainst["existing"]): Complaint[] {
  if (!existing) return [];
  const rows = [
    { field: "kind", path: ["kind"], was: existing.kind },
    { field: "name", path: ["metadata", "name"], was: existing.name },
    { field: "namespace", path: ["metadata", "namespace"], was: existing.namespace },
  ];
  return rows
    .filter(({ path, was }) => textAt(value, ...path) !== was && !(was === "" && textAt(value, ...path) === ""))
    .map(({ field, path, was }) => ({
      code: "identity-changed",
      message: `a revision keeps the policy's ${field}, \`${was}\``,
      hint: "to rename or move it, make a new policy and withdraw this one",
      path,
    }));
}

function located(yaml: PolicyYaml, diagnostic: Diagnostic): EditorDiagnostic {
  const { code, severity, message, hint, path, span } = diagnostic;
  return { code, severity, message, ...yaml.rangeOf(path, span), ...(hint === undefined ? {} : { hint }) };
}

const place = (yaml: PolicyYaml, { path, ...complaint }: Complaint): EditorDiagnostic => ({
  ...complaint,
  severity: "error",
  ...yaml.rangeOf(path),
});

/** Checks a text: whether it is YAML, whether it is a policy that Calico takes, and whether it may be ours. */
export function checkPolicy(text: string, against: CheckAgainst): PolicyCheck {
  const yaml = readPolicyYaml(text);
  if (yaml.value === undefined) return { diagnostics: yaml.problems, policy: undefined };
  const { value } = yaml;
  const wrongKind = kindComplaints(value);
  const ours = [
    ...wrongKind,
    ...reservedComplaints(value),
    ...tierComplaints(value, against.tiers),
    ...identityComplaints(value, against.existing),
  ];
  // Of a kind that is not ours, Calico's further complaints would only mislead.
  const calico = wrongKind.length > 0 ? [] : validateResource(value);
  const diagnostics = [...ours.map((each) => place(yaml, each)), ...calico.map((each) => located(yaml, each))].sort(
    (a, b) => a.from - b.from,
  );
  if (diagnostics.some((each) => each.severity === "error")) return { diagnostics, policy: undefined };
  const parsed = parseResource(value);
  if (!parsed.ok || parsed.value.resource.resource !== "policy") return { diagnostics, policy: undefined };
  const { kind, namespace, name, tier } = parsed.value.resource;
  const managed = kind === "NetworkPolicy" || kind === "GlobalNetworkPolicy";
  return { diagnostics, policy: managed ? { kind, namespace, name, tier, manifest: value } : undefined };
}
