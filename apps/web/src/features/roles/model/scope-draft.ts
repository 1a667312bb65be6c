import { clusterLabels, readClusterSelector, type AccessCluster } from "@isthmus/access";

/** A scope while it is being written: what was typed stays when another kind is looked at. */
export interface ScopeDraft {
  readonly clusters: "all" | "selector" | "ids";
  readonly selector: string;
  readonly clusterIds: readonly string[];
  readonly someNamespaces: boolean;
  readonly namespaces: string;
  readonly someTiers: boolean;
  readonly tiers: string;
}

/** The draft of a scope without limit. */
export const openDraft: ScopeDraft = {
  clusters: "all",
  selector: "",
  clusterIds: [],
  someNamespaces: false,
  namespaces: "",
  someTiers: false,
  tiers: "",
};

/** What is wrong with each part, in words that say what to do. */
export interface ScopeDraftProblems {
  readonly clusters?: string;
  readonly namespaces?: string;
  readonly tiers?: string;
}

/** A scope as it is sent. */
export interface WrittenScope {
  clusters: { kind: "all" } | { kind: "selector"; selector: string } | { kind: "ids"; ids: string[] };
  namespaces: "all" | string[];
  tiers: "all" | string[];
}

export interface ReadScopeDraft {
  /** Undefined while something is wrong. */
  readonly scope: WrittenScope | undefined;
  readonly problems: ScopeDraftProblems;
}

const isName = (text: string): boolean => text.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(text);

/** Names of a list as typed: apart by commas or spaces, each once. */
export const namesIn = (text: string): string[] => [...new Set(text.split(/[\s,]+/).filter((name) => name !== ""))];

function namesProblem(noun: string, text: string): string | undefined {
  const names = namesIn(text);
  if (names.length === 0) return `Name at least one ${noun}, or choose all.`;
  const bad = names.find((name) => !isName(name));
  return bad === undefined
    ? undefined
    : `“${bad}” is not the name of a ${noun}: use lower-case letters, digits and dashes.`;
}

function clustersProblem({ clusters, selector, clusterIds }: ScopeDraft): string | undefined {
  if (clusters === "ids") return clusterIds.length === 0 ? "Choose at least one cluster." : undefined;
  if (clusters === "all") return undefined;
  const read = readClusterSelector(selector);
  if (read.ok) return undefined;
  if (read.error.code === "selector-blank") return 'Write a selector, as region == "eu".';
  return read.error.diagnostics[0]?.message ?? "This is not a selector.";
}

/** Reads a draft: its scope, or what is still wrong with it. */
export function readScopeDraft(draft: ScopeDraft): ReadScopeDraft {
  const found = {
    clusters: clustersProblem(draft),
    namespaces: draft.someNamespaces ? namesProblem("namespace", draft.namespaces) : undefined,
    tiers: draft.someTiers ? namesProblem("tier", draft.tiers) : undefined,
  };
  const problems: ScopeDraftProblems = {
    ...(found.clusters === undefined ? {} : { clusters: found.clusters }),
    ...(found.namespaces === undefined ? {} : { namespaces: found.namespaces }),
    ...(found.tiers === undefined ? {} : { tiers: found.tiers }),
  };
  if (Object.keys(problems).length > 0) return { scope: undefined, problems };
  return {
    scope: {
      clusters:
        draft.clusters === "all"
          ? { kind: "all" }
          : draft.clusters === "selector"
            ? { kind: "selector", selector: draft.selector.trim() }
            : { kind: "ids", ids: [...draft.clusterIds] },
      namespaces: draft.someNamespaces ? namesIn(draft.namespaces) : "all",
      tiers: draft.someTiers ? namesIn(draft.tiers) : "all",
    },
    problems,
  };
}

/** The clusters that a draft reaches now; undefined while its selector cannot be read. */
export function clustersReached<C extends AccessCluster>(
  { clusters, selector, clusterIds }: ScopeDraft,
  all: readonly C[],
): readonly C[] | undefined {
  if (clusters === "all") return all;
  if (clusters === "ids") return all.filter(({ id }) => clusterIds.includes(id));
  const read = readClusterSelector(selector);
  return read.ok ? all.filter((cluster) => read.value.matches(clusterLabels(cluster))) : undefined;
}
