import fc from "fast-check";
import { arbitraryCluster } from "./arbitrary-cluster";
import { clausesIn } from "./clauses/in-play";
import { reading, type Seen } from "./clauses/seen";
import type { Cluster } from "./cluster";
import { firstDifference, reportDifference } from "./compare";
import { side as engine } from "./engine-side";
import { side as sandbox } from "./sandbox-side";

/** What was in play among the packets that both sides agreed on: a comparison of nothing proves nothing. */
export type Tally = ReadonlyMap<string, number>;

/** Something random that clusters are made of; shrinks as what it is. */
export interface Source<T> {
  readonly arbitrary: fc.Arbitrary<T>;
  readonly clustersOf: (drawn: T) => readonly Cluster[];
  readonly numRuns: number;
  readonly seed: number;
}

/** How a comparison ended. */
export interface Agreement {
  readonly tally: Tally;
  /** The smallest cluster that shows a difference, as manifests and packet; undefined where none does. */
  readonly difference: string | undefined;
}

/** Reading what had a say costs more than the verdict: one packet in so many is read. */
const READ_ONE_IN = 3;

function count(tally: Map<string, number>, seen: Seen): void {
  const add = (what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);
  add("read");
  add(`${seen.packet.at.kind} ${seen.verdict}`);
  for (const { kind, rule, action, policy } of [...seen.enforced, ...seen.pending]) {
    if (policy) add(`${kind} ${rule === "end" ? "end" : "rule"} ${action}`);
  }
  for (const clause of clausesIn(seen)) add(clause);
}

/** Compares the two sides packet by packet. */
export function compareSides<T>({ arbitrary, clustersOf, numRuns, seed }: Source<T>): Agreement {
  const tally = new Map<string, number>();
  let packets = 0;
  const differences = (drawn: T) =>
    clustersOf(drawn).flatMap((cluster) => {
      const read = reading(cluster);
      const difference = firstDifference(cluster, [engine, sandbox], (packet, judgement) => {
        packets += 1;
        if (packets % READ_ONE_IN === 0) count(tally, read(packet, judgement));
      });
      return difference ?? [];
    });
  const outcome = fc.check(
    fc.property(arbitrary, (drawn) => differences(drawn).length === 0),
    { numRuns, seed },
  );
  const [difference] = outcome.counterexample ? differences(outcome.counterexample[0]) : [];
  const place = `seed ${seed}, path ${outcome.counterexamplePath}`;
  if (outcome.failed && difference === undefined) {
    throw new Error(`the comparison failed (${place})`, { cause: outcome.errorInstance });
  }
  tally.set("packets", packets);
  return { tally, difference: difference && `the two differ (${place})\n${reportDifference(difference)}` };
}

/** Compares random clusters that have every clause in play. */
export const compareClusters = (options: { readonly numRuns: number; readonly seed: number }): Agreement =>
  compareSides({ ...options, arbitrary: arbitraryCluster, clustersOf: (cluster) => [cluster] });
