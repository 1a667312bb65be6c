import type { Endpoint } from "./endpoint";

/** What a path means: an operation with what its braces hold, or which methods there are for it. */
export type Match =
  | { readonly kind: "endpoint"; readonly endpoint: Endpoint; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: "other-methods"; readonly methods: readonly string[] }
  | { readonly kind: "nothing" };

function paramsOf(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const [wanted, given] = [template.split("/"), path.split("/")];
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const text = given[at] ?? "";
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined ? part !== text : text === "") return undefined;
    if (name !== undefined) params[name] = decoded(text);
  }
  return params;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Finds the operation of a request; what is written out goes before braces. */
export function match(endpoints: readonly Endpoint[], method: string, path: string): Match {
  const fitting = endpoints.flatMap((endpoint) => {
    const params = paramsOf(endpoint.path, path);
    return params === undefined ? [] : [{ kind: "endpoint" as const, endpoint, params }];
  });
  const found = fitting
    .filter(({ endpoint }) => endpoint.method === method)
    .toSorted((a, b) => Object.keys(a.params).length - Object.keys(b.params).length)[0];
  if (found !== undefined) return found;
  return fitting.length === 0
    ? { kind: "nothing" }
    : { kind: "other-methods", methods: fitting.map(({ endpoint }) => endpoint.method) };
}
