import { formatPath, validateResource, type Diagnostic } from "@isthmus/policy-engine";
import type { Finding } from "../report/finding";
import { sortOtherKind } from "./kinds";
import { manifestName, shownName } from "./manifest-head";
import { placeOf, type Aim } from "./position";
import type { Manifest } from "./source";

/** What became of a manifest: judged by the rules of its kind, of a kind that has none here, or no manifest at all. */
export interface Checked {
  readonly sort: "policy" | "other" | "none";
  readonly findings: readonly Finding[];
}

/** Errors about the name of a field rather than its value. */
const ABOUT_KEYS: ReadonlySet<string> = new Set([
  "unknown-field",
  "enterprise-field",
  "invalid-label",
  "invalid-annotation",
]);

function aimOf({ code, span }: Diagnostic): Aim {
  if (ABOUT_KEYS.has(code)) return { kind: "key" };
  return span ? { kind: "value", span } : { kind: "value" };
}

/** A diagnostic of the engine at its place in the file. */
export function locate(manifest: Manifest, diagnostic: Diagnostic): Finding {
  const { code, severity, message, path, hint } = diagnostic;
  return {
    code,
    severity,
    message,
    at: { kind: "text", place: placeOf(manifest, path, aimOf(diagnostic)) },
    object: shownName(manifestName(manifest.value)),
    field: formatPath(path),
    ...(hint !== undefined && { hint }),
  };
}

const offsetOf = ({ at }: Finding): number => (at.kind === "text" ? at.place.start : 0);

/** Findings of one object from its top to its end. */
const inOrder = (findings: readonly Finding[]): readonly Finding[] =>
  [...findings].sort((a, b) => offsetOf(a) - offsetOf(b));

function noManifest(manifest: Manifest): Checked {
  const finding: Finding = {
    code: "no-manifest",
    severity: "warning",
    message: "this has neither apiVersion nor kind, so it is no manifest",
    at: { kind: "text", place: placeOf(manifest, []) },
  };
  return { sort: "none", findings: [finding] };
}

/** Policy of another network than Kubernetes' and Calico's, which no answer reckons with. */
export function foreignPolicy(manifest: Manifest): Finding {
  return {
    code: "foreign-policy",
    severity: "warning",
    message: `\`${shownName(manifestName(manifest.value))}\` is policy of another kind: it is not reckoned with`,
    at: { kind: "text", place: placeOf(manifest, ["kind"]) },
  };
}

/** Checks one manifest as strictly as Calico does. */
export function checkManifest(manifest: Manifest): Checked {
  const name = manifestName(manifest.value);
  if (name.apiVersion === "" && name.kind === "") return noManifest(manifest);
  const diagnostics = validateResource(manifest.value);
  const unknownKind = diagnostics.some(({ code }) => code === "unknown-kind");
  const sort = unknownKind ? sortOtherKind(name) : "unread-policy";
  if (sort === "apart") return { sort: "other", findings: [] };
  if (sort === "foreign-policy") return { sort: "other", findings: [foreignPolicy(manifest)] };
  return { sort: "policy", findings: inOrder(diagnostics.map((each) => locate(manifest, each))) };
}
