/** Names one object of a cluster in the URL. */
export interface ObjectKey {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** The key as text; "|" occurs in none of its parts. */
export const printObjectKey = ({ apiVersion, kind, namespace, name }: ObjectKey): string =>
  [apiVersion, kind, namespace, name].join("|");

/** Reads a key; undefined for anything else. */
export function parseObjectKey(text: string | null): ObjectKey | undefined {
  const [apiVersion, kind, namespace, name, ...rest] = (text ?? "").split("|");
  if (!apiVersion || !kind || namespace === undefined || !name || rest.length > 0) return undefined;
  return { apiVersion, kind, namespace, name };
}
