import { parseResource, validateResource } from "../../decode/parse-resource";
import { formatPath, hasErrors, type Diagnostic } from "../../diagnostic";
import type { Occasion } from "../../evaluate/judge";
import { policyHits, type EndpointVerdict, type JudgedVerdict } from "../../evaluate/trace";
import { describePolicyHit, describeStep } from "../../explain/describe-hit";
import { describePolicy, describeRule } from "../../explain/describe-rule";
import { canonicalize, canonicalJson, contentHash } from "../../json/canonical";
import { manifestHead } from "../../json/manifest-ref";
import type { JsonValue } from "../../json/json";
import type { Policy } from "../../model/policy";
import type { Checked } from "./checked";
import { meshFaults } from "./check-mesh";
import type { Draws } from "./draws";
import { judged, someOccasion, worldWith } from "./fuzz-world";
import type { Value } from "./manifest-values";
import { copyOf } from "./mutate-value";

/** No message repeats more of a manifest than this. */
const MAX_MESSAGE = 400;

function diagnosticFaults(found: readonly Diagnostic[]): readonly string[] {
  return found.flatMap(({ code, path, message, span }) => [
    ...(message === "" || message.length > MAX_MESSAGE ? [`${code}: a message of ${message.length} characters`] : []),
    ...(typeof formatPath(path) === "string" ? [] : [`${code}: no path`]),
    ...(span && span.end < span.start ? [`${code}: span ends before it starts`] : []),
  ]);
}

function reversed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => reversed(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner as JsonValue)]),
  );
}

const depthOf = (text: string): number => {
  let [depth, deepest] = [0, 0];
  for (const sign of text) {
    if (sign === "[" || sign === "{") depth += 1;
    else if (sign === "]" || sign === "}") depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
};

function canonicalFaults(value: JsonValue): readonly string[] {
  const text = canonicalJson(value);
  if (canonicalJson(canonicalize(value)) !== text) return ["canonical JSON changes once it is canonical"];
  if (canonicalJson(JSON.parse(text) as JsonValue) !== text) return ["canonical JSON changes on the way through JSON"];
  if (!/^[0-9a-f]{64}$/.test(contentHash(value))) return ["its hash has another form"];
  if (depthOf(text) < 500 && canonicalJson(reversed(value)) !== text)
    return ["canonical JSON depends on the order of keys"];
  return [];
}

function agreementFaults(value: Value): readonly string[] {
  const found = validateResource(value);
  const draft = parseResource(value, "draft");
  const cluster = parseResource(value, "cluster");
  const told = draft.ok ? draft.value.warnings : draft.error;
  if (draft.ok === hasErrors(found)) return ["validation and parsing disagree"];
  if (told.length !== found.length) return ["validation and parsing tell different things"];
  if (draft.ok && !cluster.ok) return ["a draft is valid, and a cluster may not hold it"];
  if (!draft.ok && !hasErrors(draft.error)) return ["refused without an error"];
  return diagnosticFaults(found);
}

function textFaults(policy: Policy): readonly string[] {
  const texts = [describePolicy(policy)];
  for (const direction of ["ingress", "egress"] as const)
    for (const rule of policy[direction]) texts.push(describeRule(rule, { direction, namespace: policy.namespace }));
  return texts.every((text) => typeof text === "string" && text !== "") ? [] : ["a description is empty"];
}

function traceFaults({ verdict, trace }: JudgedVerdict, policy: Policy | undefined): readonly string[] {
  if (!["allow", "deny", "unknown"].includes(verdict)) return [`verdict ${verdict}`];
  const texts = [...trace.map(describeStep), ...policyHits(trace).map(describePolicyHit)];
  if (texts.some((text) => typeof text !== "string" || text === "" || text.includes("undefined")))
    return ["a step has no description"];
  if ((verdict === "unknown") !== trace.some((step) => step.kind === "unknown")) return ["unknown without a reason"];
  const strange = policy !== undefined && policy.unknown.length > 0 && verdict !== "unknown";
  const named = trace.some(
    (step) => "policy" in step && step.policy?.name === policy?.name && step.kind !== "end-of-tier",
  );
  return strange && named ? ["a policy that is not understood had a say"] : [];
}

const both = (verdict: EndpointVerdict): readonly JudgedVerdict[] => [verdict, verdict.pending];

type Rules = Value & { [key: string]: Value }[];

/** The manifest with a field that nobody knows in one of its rules, and which rule that is. */
function withUnknownField(draws: Draws, value: Value, policy: Policy): { changed: Value; index: number } | undefined {
  const direction = draws.pick(["ingress", "egress"] as const);
  if (policy[direction].length === 0 || policy.ref.apiVersion !== "projectcalico.org/v3") return undefined;
  const changed = copyOf(value) as { spec?: { [key: string]: Value } };
  const rules = changed.spec?.[direction] as Rules | undefined;
  const index = draws.below(policy[direction].length);
  const rule = rules?.[index];
  if (!rule) return undefined;
  rule["fuzzed"] = "x";
  return { changed: changed as Value, index };
}

/** What is not understood can only make a verdict unknown, and must where it decided. */
function unknownFaults(
  draws: Draws,
  value: Value,
  known: { policy: Policy; occasions: readonly Occasion[] },
): readonly string[] {
  const more = withUnknownField(draws, value, known.policy);
  if (!more) return [];
  const [before, after] = [worldWith([value]), worldWith([more.changed])];
  return known.occasions.flatMap((occasion) => {
    const [was, is] = [judged(before, occasion), judged(after, occasion)];
    return both(is).flatMap(({ verdict }, i) =>
      verdict === "unknown" || verdict === both(was)[i]?.verdict
        ? []
        : [`an unknown field turns a verdict to ${verdict}`],
    );
  });
}

const NAMESPACED: readonly unknown[] = ["NetworkPolicy", "StagedNetworkPolicy", "StagedKubernetesNetworkPolicy"];

/** Whether something is of a kind that speaks for one namespace, and of another one than the endpoint. */
function isElsewhere(value: Value, { endpoint }: Occasion): boolean {
  const { kind, namespace } = manifestHead(value).ref;
  return NAMESPACED.includes(kind) && namespace !== "" && namespace !== endpoint.namespace;
}

function verdictFaults(draws: Draws, value: Value): readonly string[] {
  const parsed = parseResource(value, "cluster");
  const policy = parsed.ok && parsed.value.resource.resource === "policy" ? parsed.value.resource : undefined;
  const world = worldWith([value]);
  const occasions = draws.some(2, 4, () => someOccasion(draws, world));
  const faults = policy ? [...textFaults(policy)] : [];
  for (const occasion of occasions)
    for (const verdict of both(judged(world, occasion))) {
      if (!parsed.ok && verdict.verdict !== "unknown" && !isElsewhere(value, occasion))
        faults.push(`what cannot be read leaves a verdict of ${verdict.verdict}`);
      faults.push(...traceFaults(verdict, policy));
    }
  if (policy) faults.push(...unknownFaults(draws, value, { policy, occasions }));
  return faults;
}

/** Checks everything that must hold of a manifest, whatever is in it. */
export function checkManifest(draws: Draws, value: Value): Checked {
  const faults = [...agreementFaults(value), ...canonicalFaults(value as JsonValue), ...verdictFaults(draws, value)];
  if (draws.once(40)) faults.push(...meshFaults(draws, value));
  return { accepted: parseResource(value, "draft").ok, faults };
}
