import { parseResource } from "../decode/parse-resource";
import { characters, MAX_SELECTOR_LENGTH } from "../decode/selector";
import { MAX_RULES } from "../decode/calico-policy";
import { MAX_NAME_LENGTH } from "../decode/names";
import { formatPath } from "../diagnostic";
import type { JsonObject, JsonValue } from "../json/json";
import type { Direction, Policy } from "../model/policy";
import type { ResourceRef } from "../model/resource";
import type { RemoteEndpoints } from "./compile-end";
import { compileRule, type CompiledRule } from "./compile-rule";
import { MANAGED_LABEL, RULE_ANNOTATION } from "./names";
import type { Peer } from "./peer";
import { failure } from "./problem";
import type { MeshPolicy, MeshProblem } from "./types";

/** A managed policy that was read and may be placed. */
export interface ReadablePolicy {
  readonly source: MeshPolicy;
  readonly policy: Policy;
  readonly json: JsonObject;
}

/** A managed policy as one cluster should hold it. */
export interface CompiledPolicy {
  readonly ref: ResourceRef;
  readonly manifest: JsonObject;
  readonly tier: string;
  /** Endpoints of the mesh that its rules speak of. */
  readonly peers: readonly Peer[];
  readonly problems: readonly MeshProblem[];
}

const KINDS: ReadonlySet<string> = new Set([
  "NetworkPolicy",
  "GlobalNetworkPolicy",
  "StagedNetworkPolicy",
  "StagedGlobalNetworkPolicy",
]);

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads a managed policy's manifest, or says why it cannot be placed anywhere. */
export function readManagedPolicy(source: MeshPolicy): ReadablePolicy | { readonly problem: MeshProblem } {
  const { policyId, manifest } = source;
  const parsed = parseResource(manifest);
  if (!parsed.ok || !isObject(manifest)) {
    const first = parsed.ok ? undefined : parsed.error.find((d) => d.severity === "error");
    const where = first ? formatPath(first.path) : "";
    const message = first
      ? `the policy is not valid: ${where ? `${where}: ` : ""}${first.message}`
      : "the policy is not valid";
    return {
      problem: failure({
        code: "invalid-policy",
        message,
        policyId,
        ...(first && { path: first.path }),
        ...(first?.hint && { hint: first.hint }),
      }),
    };
  }
  const { resource } = parsed.value;
  if (resource.resource !== "policy" || !KINDS.has(resource.kind)) {
    const message = `a \`${resource.ref.kind}\` of \`${resource.ref.apiVersion}\` cannot be placed on clusters`;
    const hint = `kinds that can be: ${[...KINDS].join(", ")}`;
    return { problem: failure({ code: "unsupported-policy", message, hint, policyId, path: ["kind"] }) };
  }
  if (resource.namespace === "" && !resource.kind.includes("Global")) {
    const message = "the policy names no namespace";
    const hint = "write metadata.namespace, or make it a GlobalNetworkPolicy";
    return { problem: failure({ code: "invalid-policy", message, hint, policyId, path: ["metadata"] }) };
  }
  if (resource.preDnat || resource.doNotTrack) {
    const field = resource.preDnat ? "preDNAT" : "doNotTrack";
    const message = `\`${field}\` policies judge packets before they have the addresses of workloads`;
    const hint = "write it in the cluster itself";
    return { problem: failure({ code: "unsupported-policy", message, hint, policyId, path: ["spec", field] }) };
  }
  return { source, policy: resource, json: manifest };
}

function listAt(json: JsonObject, key: string): readonly JsonObject[] {
  const value: JsonValue | undefined = json[key];
  return Array.isArray(value) ? (value as readonly JsonValue[]).map((item) => (isObject(item) ? item : {})) : [];
}

const objectAt = (json: JsonObject, key: string): JsonObject => {
  const value = json[key];
  return isObject(value) ? value : {};
};

function annotate(rule: JsonObject, index: number): JsonObject {
  const metadata = objectAt(rule, "metadata");
  const annotations = { ...objectAt(metadata, "annotations"), [RULE_ANNOTATION]: String(index) };
  return { ...rule, metadata: { ...metadata, annotations } };
}

/** The rules of both directions, compiled one by one. */
type CompiledRules = Readonly<Record<Direction, readonly CompiledRule[]>>;

function compileRules({ policy, json }: ReadablePolicy, remote: RemoteEndpoints | undefined): CompiledRules {
  const spec = objectAt(json, "spec");
  const forwarded = policy.applyOnForward && policy.namespace === "";
  const one = (direction: Direction) =>
    listAt(spec, direction).flatMap((ruleJson, index) => {
      const rule = policy[direction][index];
      const { namespace } = policy;
      return rule ? [compileRule({ json: ruleJson, rule, direction, namespace, remote, forwarded })] : [];
    });
  return { ingress: one("ingress"), egress: one("egress") };
}

/** The whole name of a managed policy: `<tier>.<name>`. */
export const managedName = (policy: Policy): string =>
  policy.name.startsWith(`${policy.tier}.`) ? policy.name : `${policy.tier}.${policy.name}`;

/** kubectl's record of what it last applied speaks of another object. */
function keptAnnotations({ annotations }: Policy): JsonObject {
  const kept = Object.entries(annotations).filter(([key]) => !key.startsWith("kubectl.kubernetes.io/"));
  return kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {};
}

function manifestOf({ policy, json }: ReadablePolicy, compiled: CompiledRules): JsonObject {
  const metadata = objectAt(json, "metadata");
  const doubled = [...compiled.ingress, ...compiled.egress].some(({ rules }) => rules.length > 1);
  const rulesOf = (direction: Direction): readonly JsonObject[] =>
    compiled[direction].flatMap(({ rules }, index) => (doubled ? rules.map((rule) => annotate(rule, index)) : rules));
  const spec = objectAt(json, "spec");
  return {
    apiVersion: "projectcalico.org/v3",
    kind: policy.kind,
    metadata: {
      name: managedName(policy),
      ...(policy.namespace !== "" && { namespace: policy.namespace }),
      labels: { ...objectAt(metadata, "labels"), [MANAGED_LABEL]: "true" },
      ...keptAnnotations(policy),
    },
    spec: {
      ...spec,
      tier: policy.tier,
      ...("ingress" in spec && { ingress: rulesOf("ingress") }),
      ...("egress" in spec && { egress: rulesOf("egress") }),
    },
  };
}

function selectorTexts(rule: JsonObject): readonly string[] {
  return ["source", "destination"].flatMap((end) =>
    ["selector", "notSelector"].flatMap((key) => {
      const text = objectAt(rule, end)[key];
      return typeof text === "string" ? [text] : [];
    }),
  );
}

function limitProblems({ policy, source }: ReadablePolicy, compiled: CompiledRules): readonly MeshProblem[] {
  const { policyId } = source;
  const problems: MeshProblem[] = [];
  const name = managedName(policy);
  if (name.length > MAX_NAME_LENGTH || name.split(".").length > 2) {
    const message = `\`${name}\` cannot be the name of a policy in tier \`${policy.tier}\``;
    const hint = `at most ${MAX_NAME_LENGTH} characters, and no dot but the one after the tier`;
    problems.push(failure({ code: "name-too-long", message, hint, policyId, path: ["metadata", "name"] }));
  }
  for (const direction of ["ingress", "egress"] as const) {
    const rules = compiled[direction].flatMap((rule) => rule.rules);
    if (rules.length > MAX_RULES) {
      const message = `${direction} has ${rules.length} rules once those for other clusters are beside them, at most ${MAX_RULES} are allowed`;
      problems.push(
        failure({ code: "too-many-rules", message, hint: "split the policy", policyId, path: ["spec", direction] }),
      );
    }
    for (const [index, { rules: pair }] of compiled[direction].entries()) {
      const longest = Math.max(0, ...pair.flatMap(selectorTexts).map(characters));
      if (longest <= MAX_SELECTOR_LENGTH) continue;
      const message = `a selector of the rule has ${longest} characters once compiled, at most ${MAX_SELECTOR_LENGTH} are allowed`;
      problems.push(failure({ code: "selector-too-long", message, policyId, path: ["spec", direction, index] }));
    }
  }
  return problems;
}

function refusalProblems({ source }: ReadablePolicy, compiled: CompiledRules): readonly MeshProblem[] {
  return (["ingress", "egress"] as const).flatMap((direction) =>
    compiled[direction].flatMap(({ refusals }, index) =>
      refusals.map(({ message, hint }) =>
        failure({
          code: "unsupported-policy",
          message,
          hint,
          policyId: source.policyId,
          path: ["spec", direction, index],
        }),
      ),
    ),
  );
}

/** Compiles a policy for a cluster; with a problem of severity error it must not be placed. */
export function compilePolicy(readable: ReadablePolicy, remote: RemoteEndpoints | undefined): CompiledPolicy {
  const compiled = compileRules(readable, remote);
  const { policy } = readable;
  return {
    ref: {
      apiVersion: "projectcalico.org/v3",
      kind: policy.kind,
      namespace: policy.namespace,
      name: managedName(policy),
    },
    manifest: manifestOf(readable, compiled),
    tier: policy.tier,
    peers: [...compiled.ingress, ...compiled.egress].flatMap(({ peers }) => peers),
    problems: [...refusalProblems(readable, compiled), ...limitProblems(readable, compiled)],
  };
}
