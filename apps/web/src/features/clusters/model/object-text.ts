const first = [
  "apiVersion",
  "kind",
  "metadata",
  "name",
  "generateName",
  "namespace",
  "uid",
  "labels",
  "annotations",
  "spec",
  "data",
  "status",
];

/** An object's fields in the order in which people write them; the store keeps none. */
export function inReadingOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inReadingOrder);
  if (typeof value !== "object" || value === null) return value;
  const rank = (key: string) => (first.includes(key) ? first.indexOf(key) : first.length);
  const entries = Object.entries(value).sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b, "en"));
  return Object.fromEntries(entries.map(([key, inner]) => [key, inReadingOrder(inner)]));
}
