import fc from "fast-check";
import { expect, it } from "vitest";
import { goldmaneClockOffset } from "./goldmane-clock";

const NOW = 1_700_000_000;

/** Refuses what begins now or later, as Goldmane does. */
const goldmaneAt = (offset: number) => (seconds: number) => Promise.resolve(seconds < NOW + offset);

it("finds by how much Goldmane's clock is off, to the second", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: -1_000, max: 1_000 }), async (offset) => {
      expect(await goldmaneClockOffset(goldmaneAt(offset), () => NOW * 1_000)).toBe(offset);
    }),
  );
});

it("asks little where the clocks agree", async () => {
  let calls = 0;
  const asked = (seconds: number): Promise<boolean> => {
    calls += 1;
    return goldmaneAt(0)(seconds);
  };
  await goldmaneClockOffset(asked, () => NOW * 1_000);
  expect(calls).toBeLessThanOrEqual(6);
});

it.each([
  { name: "a Goldmane that refuses all", answer: false },
  { name: "a Goldmane that refuses nothing", answer: true },
])("says nothing of $name", async ({ answer }) => {
  expect(
    await goldmaneClockOffset(
      () => Promise.resolve(answer),
      () => NOW * 1_000,
    ),
  ).toBeUndefined();
});
