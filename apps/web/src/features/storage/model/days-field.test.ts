import * as store from "@isthmus/flow-store";
import { expect, it, test } from "vitest";
import { readDays } from "./days-field";
import { isRetentionDays, maxRetentionDays } from "./retention-days";

it.each([
  ["", { kind: "default" }],
  ["  ", { kind: "default" }],
  ["1", { kind: "days", days: 1 }],
  [" 90 ", { kind: "days", days: 90 }],
  ["3650", { kind: "days", days: 3_650 }],
] as const)("reads `%s`", (text, expected) => expect(readDays(text)).toEqual(expected));

it.each(["0", "3651", "1.5", "-1", "seven", "1e3", "9999999999"])("refuses `%s` and says what to write", (text) =>
  expect(readDays(text)).toMatchObject({ kind: "wrong", problem: expect.stringContaining("1 to 3650") }),
);

test("the bounds are the store's", () => {
  expect(maxRetentionDays).toBe(store.maxRetentionDays);
  const around = [0, 1, 1.5, 3_650, 3_651];
  expect(around.map(isRetentionDays)).toEqual(around.map(store.isRetentionDays));
});
