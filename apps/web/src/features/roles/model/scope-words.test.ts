import { EVERYWHERE } from "@isthmus/access";
import { expect, test } from "vitest";
import { scopeWords } from "./scope-words";

const clusters = [{ id: "a", name: "eu-west", labels: {} }];

test("a stored scope is said in words, and nothing else is", () => {
  expect(scopeWords(EVERYWHERE, clusters)).toBe("everywhere");
  expect(scopeWords({ ...EVERYWHERE, clusters: { kind: "ids", ids: ["a"] }, tiers: ["pci"] }, clusters)).toBe(
    "cluster eu-west, tier pci",
  );
  expect(scopeWords("everywhere", clusters)).toBeUndefined();
  expect(scopeWords({ clusters: ["eu-west"], namespaces: 1, tiers: 2 }, clusters)).toBeUndefined();
  expect(scopeWords(null, clusters)).toBeUndefined();
});
