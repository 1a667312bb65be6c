import { expect, test } from "vitest";
import { switchEntries, type OwnOrganisation } from "./switch-entries";

const mine: readonly OwnOrganisation[] = [
  { id: "i", name: "Installation", kind: "installation", open: true },
  { id: "b", name: "Beta", kind: "ordinary", open: false },
  { id: "a", name: "Acme", kind: "ordinary", open: true },
];

test("by name, the installation last, the present one marked", () => {
  const entries = switchEntries(mine, { id: "a", name: "Acme" });
  expect(entries.map(({ name }) => name)).toEqual(["Acme", "Beta", "Installation"]);
  expect(entries.filter(({ current }) => current).map(({ id }) => id)).toEqual(["a"]);
  expect(entries.filter(({ needsSignIn }) => needsSignIn).map(({ id }) => id)).toEqual(["b"]);
});

test("the present one needs no sign-in, and is there before the list is", () => {
  expect(switchEntries(mine, { id: "b", name: "Beta" })[1]).toMatchObject({
    id: "b",
    current: true,
    needsSignIn: false,
  });
  expect(switchEntries([], { id: "x", name: "Acme" })).toEqual([
    { id: "x", name: "Acme", kind: "ordinary", current: true, needsSignIn: false },
  ]);
});
