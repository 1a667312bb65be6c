import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { connectivityOf } from "../connectivity/connectivity";
import { expectRightAnswer, randomQuestion, randomWorlds } from "../testing/proof-property";
import type { Counts } from "../testing/resolve-property";
import { prove } from "./prove";

const MUST_BE_SEEN = ["no-path proved", "no-path refuted", "every-path proved", "every-path refuted", "tried"];

describe("answers of proofs", () => {
  it("agree with the plain judge on random meshes", { timeout: 60_000 }, () => {
    const counts: Counts = new Map();
    fc.assert(
      fc.property(
        randomWorlds,
        fc.array(randomQuestion, { minLength: 6, maxLength: 6 }),
        fc.constantFrom("enforced" as const, "pending" as const),
        (worlds, questions, view) => {
          const connectivity = connectivityOf(worlds, { view });
          for (const question of questions) {
            expectRightAnswer({ connectivity, question, result: prove(connectivity, question) }, counts);
          }
        },
      ),
      { numRuns: 15 },
    );
    for (const what of MUST_BE_SEEN) expect([what, counts.get(what) ?? 0]).not.toEqual([what, 0]);
  });
});
