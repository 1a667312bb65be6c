import { isRecord, recordAt, type KubeObject } from "@isthmus/k8s";
import { DESIRED_HASH_ANNOTATION, MANAGED_LABEL } from "./ownership";

/** What Calico's and Kubernetes' API servers fill in where a manifest says nothing. */
const FILLED_IN: readonly { readonly path: RegExp; readonly values: readonly unknown[] }[] = [
  { path: /^spec\.tier$/u, values: ["default"] },
  { path: /^spec\.stagedAction$/u, values: ["Set"] },
  { path: /^spec\.defaultAction$/u, values: ["Deny"] },
  { path: /^spec\.selector$/u, values: ["", "all()"] },
  { path: /\.ports\[\d+\]\.protocol$/u, values: ["TCP"] },
];
/** Derived by the server from the rules that are there. */
const DERIVED = /^spec\.(types|policyTypes)$/u;
const NOT_COMPARED: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata", "status"]);

/** A place at which an object says something else than its manifest; undefined: nothing. */
export interface Difference {
  /** `spec.ingress[0].action` */
  readonly path: string;
  readonly wanted: unknown;
  readonly found: unknown;
}

/**
 * Where an object differs from its manifest, sorted by path; empty where nothing does. What the server fills in, and
 * labels and annotations that others added, are no difference.
 */
export function driftOf(manifest: KubeObject, observed: KubeObject): readonly Difference[] {
  const fields = new Set([...Object.keys(manifest), ...Object.keys(observed)]);
  const contents = [...fields]
    .filter((field) => !NOT_COMPARED.has(field))
    .flatMap((field) => differences({ path: field, wanted: manifest[field], found: observed[field] }));
  return [...contents, ...missingMarks(manifest, observed)].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

const MAX_VALUE = 80;
const MAX_TEXT = 800;

/** Differences for a person: `spec.order: 10 → 20; spec.selector: "all()" → nothing`, of bounded length. */
export function driftText(drift: readonly Difference[]): string {
  let text = "";
  for (const [index, { path, wanted, found }] of drift.entries()) {
    const each = `${path}: ${valueText(wanted)} → ${valueText(found)}`;
    if (index > 0 && text.length + each.length > MAX_TEXT) return `${text}; and ${drift.length - index} more`;
    text += index === 0 ? each : `; ${each}`;
  }
  return text;
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  const text = JSON.stringify(value);
  return text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE)}…`;
}

function missingMarks(manifest: KubeObject, observed: KubeObject): readonly Difference[] {
  const labels = { ...manifest.metadata.labels, [MANAGED_LABEL]: "true" };
  const { [DESIRED_HASH_ANNOTATION]: _, ...annotations } = manifest.metadata.annotations ?? {};
  return [
    ...changed("metadata.labels", labels, observed.metadata.labels),
    ...changed("metadata.annotations", annotations, observed.metadata.annotations),
  ];
}

function changed(
  path: string,
  wanted: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>> | undefined,
): readonly Difference[] {
  return Object.entries(wanted)
    .filter(([key, value]) => found?.[key] !== value)
    .map(([key, value]) => ({ path: `${path}[${key}]`, wanted: value, found: found?.[key] }));
}

function differences(place: Difference): readonly Difference[] {
  const { wanted, found, path } = place;
  if (isEmpty(wanted) && isEmpty(found)) return [];
  if (isEmpty(wanted) && !isRecord(found)) return isFilledIn(place) ? [] : [place];
  if (Array.isArray(wanted)) {
    if (!Array.isArray(found) || found.length !== wanted.length) return [place];
    return wanted.flatMap((each: unknown, index) =>
      differences({ path: `${path}[${index}]`, wanted: each, found: found[index] }),
    );
  }
  if (isRecord(wanted) || isRecord(found)) {
    if (!isRecord(found) || !(wanted === undefined || isRecord(wanted))) return [place];
    const fields = new Set([...Object.keys(recordAt(wanted)), ...Object.keys(found)]);
    return [...fields].flatMap((field) =>
      differences({ path: `${path}.${field}`, wanted: recordAt(wanted)[field], found: found[field] }),
    );
  }
  return sameScalar(wanted, found) ? [] : [place];
}

/** Ports and numbered protocols come back as numbers or as text, as they were or as the server prefers. */
function sameScalar(wanted: unknown, found: unknown): boolean {
  return wanted === found || (isScalar(wanted) && isScalar(found) && String(wanted) === String(found));
}

const isScalar = (value: unknown): value is string | number => typeof value === "string" || typeof value === "number";

function isFilledIn({ path, found }: Difference): boolean {
  return DERIVED.test(path) || FILLED_IN.some((each) => each.path.test(path) && each.values.includes(found));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.values(recordAt(value)).every(isEmpty);
}
