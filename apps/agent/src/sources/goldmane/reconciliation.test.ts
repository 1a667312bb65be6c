import { invariant } from "@isthmus/std";
import { expect, it } from "vitest";
import { BucketDigest } from "./bucket-digest";
import { Reconciliation } from "./reconciliation";

it("remembers of no bucket what was streamed that had been put in before a clock was set back, and then goes on", () => {
  const reconciliation = new Reconciliation({ through: 900, reconciledThrough: 900, saidThrough: 930 });
  const whole: boolean[] = [];
  const said: (number | undefined)[] = [];
  for (const start of [900, 915, 930]) {
    reconciliation.closed(start, BucketDigest.empty);
    said.push(reconciliation.marks.saidThrough);
    const due = reconciliation.next(10_000);
    whole.push(due?.digest === undefined);
    if (due !== undefined) reconciliation.compared(due, BucketDigest.empty);
  }
  expect(whole).toEqual([true, true, false]);
  expect(said).toEqual([930, undefined, undefined]);
});

it.each([
  { name: "sooner than its turn", lateAt: 1_000 },
  { name: "in its turn", lateAt: undefined },
])("compares a bucket once more for which flows came while it was compared $name", ({ lateAt }) => {
  const reconciliation = new Reconciliation({ through: 900, reconciledThrough: 900 });
  reconciliation.closed(900, BucketDigest.empty);
  if (lateAt !== undefined) reconciliation.late(900, lateAt);
  const due = reconciliation.next(2_000);
  invariant(due !== undefined, "it is due");
  reconciliation.late(900, 2_001);
  expect(reconciliation.marksAfter(due).incomplete).toEqual([900]);
  reconciliation.compared(due, BucketDigest.empty);
  expect(reconciliation.marks.incomplete).toEqual([900]);
  const again = reconciliation.next(2_010);
  invariant(again !== undefined, "it is due again");
  expect(again).toMatchObject({ start: 900, incomplete: true });
  expect(reconciliation.marksAfter(again).incomplete).toEqual([]);
  reconciliation.compared(again, BucketDigest.empty);
  expect(reconciliation.marks.incomplete).toEqual([]);
});

it("waits for no clock that was set back to compare what flows came late for", () => {
  const reconciliation = new Reconciliation({ through: 900, reconciledThrough: 900 });
  reconciliation.closed(900, BucketDigest.empty);
  reconciliation.late(900, 2_000);
  expect(reconciliation.next(2_004)?.incomplete).toBe(false);
  expect(reconciliation.next(2_005)).toMatchObject({ start: 900, incomplete: true });
  expect(reconciliation.next(1_400)).toMatchObject({ start: 900, incomplete: true });
});
