import { expect, test } from "vitest";
import { whyBarred } from "./access-context";

const viewingAs = { id: "1", displayName: "Ben" };

test("what is held is not barred", () => {
  expect(whyBarred({ permissions: ["policies.apply"], viewingAs: null }, "policies.apply")).toBeUndefined();
});

test("what is not held is named", () => {
  expect(whyBarred({ permissions: [], viewingAs: null }, "policies.apply")).toBe(
    "You may not: this needs “Apply policies” (policies.apply).",
  );
});

test("with somebody else's eyes one reads and changes nothing", () => {
  const held = { permissions: ["policies.read", "policies.apply"], viewingAs } as const;
  expect(whyBarred(held, "policies.read")).toBeUndefined();
  expect(whyBarred(held, "policies.apply")).toMatch(/You see this as Ben/);
});
