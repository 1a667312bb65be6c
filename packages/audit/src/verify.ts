import { CHAIN_START, entryHash, type AuditEntry, type EntryPlace } from "./entry";
import { createGaps } from "./gaps";
import { chainProblemPlace, type ChainProblem } from "./problem";

/** The end of a chain as it was noted apart from the entries. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** What the entries are held against. */
export interface ChainExpectation {
  /** The head that the store keeps; absent where it says nothing of one. */
  readonly head?: ChainHead;
  /** A hash that somebody noted earlier: the chain must still lead through it. */
  readonly noted?: string;
  /** True for a selection of the entries: what is not there is then no finding. */
  readonly partial?: boolean;
}

/** What a chain was found to be. */
export interface ChainReport {
  readonly entries: number;
  /** Entries from before there was a chain, of which nothing can be said. */
  readonly beforeChain: number;
  readonly last: ChainHead | undefined;
  /** The first of them by place, at most `PROBLEMS_SHOWN`. */
  readonly problems: readonly ChainProblem[];
  readonly problemCount: number;
}

/** Takes entries in the order in which they lie, in constant memory but for what is wrong. */
export interface ChainVerifier {
  readonly push: (entry: AuditEntry) => void;
  readonly finish: () => ChainReport;
}

/** Problems that a report names; of the others it says how many there are. */
export const PROBLEMS_SHOWN = 100;

/** Makes a verifier of one organisation's chain. */
export function createChainVerifier({ head, noted, partial = false }: ChainExpectation): ChainVerifier {
  const gaps = createGaps();
  const problems: ChainProblem[] = [];
  let problemCount = 0;
  let [entries, beforeChain] = [0, 0];
  let last: ChainHead | undefined;
  let lastIntact = true;
  let atHead: string | undefined = head?.seq === 0 ? CHAIN_START : undefined;
  let notedSeen = noted === undefined || noted === CHAIN_START;
  const report = (problem: ChainProblem) => {
    problemCount += 1;
    if (problems.length < PROBLEMS_SHOWN) problems.push(problem);
  };

  /** Entries that are not after the last one were seen before, or come late. */
  const outOfOrder = (seq: number) => report({ code: gaps.fill(seq) || partial ? "reordered" : "duplicated", seq });

  const inOrder = (place: EntryPlace, intact: boolean) => {
    const expected = (last?.seq ?? 0) + 1;
    if (place.seq > expected) {
      if (!partial) gaps.add(expected, place.seq - 1);
    } else if (intact && lastIntact && place.prev !== (last?.hash ?? CHAIN_START)) {
      // This entry is as it was written, and it was written after another one than the one that lies before it.
      report({ code: "altered", seq: last?.seq ?? place.seq });
    }
    last = { seq: place.seq, hash: place.hash };
    lastIntact = intact;
  };

  return {
    push: (entry) => {
      entries += 1;
      const { place } = entry;
      if (place === undefined) {
        if (last === undefined) beforeChain += 1;
        else report({ code: "unchained", after: last.seq });
        return;
      }
      const intact = entryHash(entry, place) === place.hash;
      if (!intact) report({ code: "altered", seq: place.seq });
      notedSeen ||= intact && place.hash === noted;
      if (place.seq === head?.seq) atHead = place.hash;
      if (head !== undefined && place.seq > head.seq) report({ code: "beyond-head", seq: place.seq });
      if (last !== undefined && place.seq <= last.seq) outOfOrder(place.seq);
      else inOrder(place, intact);
    },
    finish: () => {
      for (const { from, to } of gaps.list()) report({ code: "missing", from, to });
      if (head !== undefined && !partial) {
        const end = last?.seq ?? 0;
        if (end < head.seq) report({ code: "cut", from: end + 1, to: head.seq });
        else if (atHead !== undefined && atHead !== head.hash) report({ code: "altered", seq: head.seq });
      }
      if (noted !== undefined && !notedSeen) report({ code: "head-unknown", hash: noted });
      const shown = [...problems].sort((a, b) => chainProblemPlace(a) - chainProblemPlace(b));
      return { entries, beforeChain, last, problems: shown, problemCount };
    },
  };
}
