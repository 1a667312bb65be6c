import { isSatisfiable, type SelectorNode } from "@isthmus/policy-engine";

/** A cluster always has a name. */
const NAMED: SelectorNode = { kind: "has", label: "name" };

/**
 * Whether a cluster could join that all of some selectors match and none of some others. `false` is certain; `true` is
 * also said where the engine does not see that there can be none.
 */
export const couldJoin = (all: readonly SelectorNode[], none: readonly SelectorNode[] = []): boolean =>
  isSatisfiable([NAMED, ...all], none);

/** Every way to take one of each list; what is granted in every layer is granted in one such way. */
export const waysOf = <T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] =>
  lists.reduce<readonly (readonly T[])[]>(
    (ways, items) => ways.flatMap((way) => items.map((item) => [...way, item])),
    [[]],
  );
