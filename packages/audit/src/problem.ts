/** What is wrong with a chain. `seq` is the place of the entry that is meant; `from` and `to` are included. */
export type ChainProblem =
  | { readonly code: "altered"; readonly seq: number }
  | { readonly code: "missing"; readonly from: number; readonly to: number }
  | { readonly code: "cut"; readonly from: number; readonly to: number }
  | { readonly code: "reordered"; readonly seq: number }
  | { readonly code: "duplicated"; readonly seq: number }
  | { readonly code: "unchained"; readonly after: number }
  | { readonly code: "beyond-head"; readonly seq: number }
  | { readonly code: "head-unknown"; readonly hash: string };

const entries = (from: number, to: number): string =>
  from === to ? `entry ${from} is` : `entries ${from} to ${to} (${to - from + 1}) are`;

/** A problem in one sentence. */
export function chainProblemText(problem: ChainProblem): string {
  switch (problem.code) {
    case "altered":
      return `entry ${problem.seq} was altered: it is not what the chain was made over`;
    case "missing":
      return `${entries(problem.from, problem.to)} missing`;
    case "cut":
      return `${entries(problem.from, problem.to)} missing at the end: the head of the chain names a later entry`;
    case "reordered":
      return `entry ${problem.seq} is not in its place`;
    case "duplicated":
      return `entry ${problem.seq} is there more than once`;
    case "unchained":
      return `an entry without a place in the chain stands after entry ${problem.after}`;
    case "beyond-head":
      return `entry ${problem.seq} lies beyond the head of the chain`;
    case "head-unknown":
      return `no entry has the hash ${problem.hash}: what was written after that head was noted is gone or rewritten`;
  }
}

/** Where a problem lies, to put several in order. */
export const chainProblemPlace = (problem: ChainProblem): number =>
  "seq" in problem
    ? problem.seq
    : "from" in problem
      ? problem.from
      : problem.code === "unchained"
        ? problem.after
        : Infinity;
