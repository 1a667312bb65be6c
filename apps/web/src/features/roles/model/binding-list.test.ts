import { EVERYWHERE } from "@isthmus/access";
import { expect, test } from "vitest";
import { bindingSegment, countBindings, filterBindings, holderName, type ListedBinding } from "./binding-list";

const person = (displayName: string, email: string) =>
  ({ kind: "person", personId: email, displayName, email }) as const;
const bindings: readonly ListedBinding[] = [
  {
    holder: { kind: "group", providerId: "p", providerName: "Okta", group: "sec-team" },
    roleName: "Security engineer",
    scope: EVERYWHERE,
  },
  { holder: person("Ben", "ben@example.org"), roleName: "Viewer", scope: { ...EVERYWHERE, namespaces: ["shop"] } },
  { holder: person("", "ada@example.org"), roleName: "Tier editor", scope: { ...EVERYWHERE, tiers: ["pci"] } },
];

test("a holder without a name is known by the address", () => {
  expect(bindings.map(({ holder }) => holderName(holder))).toEqual(["sec-team", "Ben", "ada@example.org"]);
});

test.each([
  { text: "", segment: "all", found: ["ada@example.org", "Ben", "sec-team"] },
  { text: "", segment: "people", found: ["ada@example.org", "Ben"] },
  { text: "okta", segment: "all", found: ["sec-team"] },
  { text: "viewer shop", segment: "all", found: ["Ben"] },
  { text: "pci", segment: "groups", found: [] },
  { text: "PCI", segment: "people", found: ["ada@example.org"] },
] as const)("“$text” among $segment", ({ text, segment, found }) => {
  expect(filterBindings(bindings, { text, segment }).map(({ holder }) => holderName(holder))).toEqual(found);
});

test("segments and their counts", () => {
  expect(countBindings(bindings)).toEqual({ all: 3, people: 2, groups: 1 });
  expect([bindingSegment("groups"), bindingSegment("x")]).toEqual(["groups", "all"]);
});
