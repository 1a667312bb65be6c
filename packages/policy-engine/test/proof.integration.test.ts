import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { connectivityOf } from "../src/connectivity/connectivity";
import { prove } from "../src/proof/prove";
import { expectRightAnswer, randomQuestion, randomWorlds } from "../src/testing/proof-property";
import type { Counts } from "../src/testing/resolve-property";

const MUST_BE_SEEN = [
  "no-path proved",
  "no-path refuted",
  "no-path unknown",
  "every-path proved",
  "every-path refuted",
  "every-path unknown",
  "tried",
];

describe("answers of proofs", () => {
  it("agree with the plain judge on random meshes", () => {
    const counts: Counts = new Map();
    fc.assert(
      fc.property(
        randomWorlds,
        fc.array(randomQuestion, { minLength: 8, maxLength: 8 }),
        fc.constantFrom("enforced" as const, "pending" as const),
        (worlds, questions, view) => {
          const connectivity = connectivityOf(worlds, { view });
          for (const question of questions) {
            expectRightAnswer({ connectivity, question, result: prove(connectivity, question) }, counts);
          }
        },
      ),
      { numRuns: 100 },
    );
    for (const what of MUST_BE_SEEN) expect([what, counts.get(what) ?? 0]).not.toEqual([what, 0]);
  });
});
