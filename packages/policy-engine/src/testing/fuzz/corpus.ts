import { readCorpus } from "../corpora";
import type { Value } from "./manifest-values";

interface SelectorCorpus {
  readonly match: readonly { readonly sel: string }[];
  readonly bad: readonly string[];
  readonly canonical: readonly { readonly input: string }[];
  readonly tokens: readonly { readonly input: string }[];
}

interface ManifestRow {
  readonly value: Value;
}

/** Selectors and manifests that this project did not write, to start from; none where there are no corpora. */
export function fuzzCorpus(): { readonly selectors: readonly string[]; readonly manifests: readonly Value[] } {
  const selectors = readCorpus("calico-selectors.json") as SelectorCorpus | undefined;
  const rows = readCorpus("calico-validation.json") as readonly ManifestRow[] | undefined;
  const isManifest = (value: Value): boolean => typeof value === "object" && value !== null && "kind" in value;
  return {
    selectors: selectors
      ? [
          ...selectors.match.map(({ sel }) => sel),
          ...selectors.bad,
          ...selectors.canonical.map(({ input }) => input),
          ...selectors.tokens.map(({ input }) => input),
        ]
      : [],
    manifests: (rows ?? []).map(({ value }) => value).filter(isManifest),
  };
}
