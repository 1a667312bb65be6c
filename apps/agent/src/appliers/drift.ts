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

interface Place {
  readonly path: string;
  readonly wanted: unknown;
  readonly found: unknown;
}

/**
 * What of an object differs from its manifest, as paths (`spec.ingress[0].action`); empty where nothing does. What the
 * server fills in, and labels and annotations that others added, are no difference.
 */
export function driftOf(manifest: KubeObject, observed: KubeObject): readonly string[] {
  const fields = new Set([...Object.keys(manifest), ...Object.keys(observed)]);
  const contents = [...fields]
    .filter((field) => !NOT_COMPARED.has(field))
    .flatMap((field) => differences({ path: field, wanted: manifest[field], found: observed[field] }));
  return [...contents, ...missingMarks(manifest, observed)].toSorted();
}

function missingMarks(manifest: KubeObject, observed: KubeObject): readonly string[] {
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
): readonly string[] {
  return Object.entries(wanted)
    .filter(([key, value]) => found?.[key] !== value)
    .map(([key]) => `${path}[${key}]`);
}

function differences(place: Place): readonly string[] {
  const { wanted, found, path } = place;
  if (isEmpty(wanted) && isEmpty(found)) return [];
  if (isEmpty(wanted) && !isRecord(found)) return isFilledIn(place) ? [] : [path];
  if (Array.isArray(wanted)) {
    if (!Array.isArray(found) || found.length !== wanted.length) return [path];
    return wanted.flatMap((each: unknown, index) =>
      differences({ path: `${path}[${index}]`, wanted: each, found: found[index] }),
    );
  }
  if (isRecord(wanted) || isRecord(found)) {
    if (!isRecord(found) || !(wanted === undefined || isRecord(wanted))) return [path];
    const fields = new Set([...Object.keys(recordAt(wanted)), ...Object.keys(found)]);
    return [...fields].flatMap((field) =>
      differences({ path: `${path}.${field}`, wanted: recordAt(wanted)[field], found: found[field] }),
    );
  }
  return sameScalar(wanted, found) ? [] : [path];
}

/** Ports and numbered protocols come back as numbers or as text, as they were or as the server prefers. */
function sameScalar(wanted: unknown, found: unknown): boolean {
  return wanted === found || (isScalar(wanted) && isScalar(found) && String(wanted) === String(found));
}

const isScalar = (value: unknown): value is string | number => typeof value === "string" || typeof value === "number";

function isFilledIn({ path, found }: Place): boolean {
  return DERIVED.test(path) || FILLED_IN.some((each) => each.path.test(path) && each.values.includes(found));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.values(recordAt(value)).every(isEmpty);
}
