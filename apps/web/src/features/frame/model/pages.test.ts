import { builtInRoles, type Permission } from "@isthmus/access";
import { expect, test } from "vitest";
import { belongsTo, missingFor, pageOf, railOf, startOf, type Seeing } from "./pages";

const withRole = (id: string): Seeing => ({
  kind: id === "installation-administrator" ? "installation" : "ordinary",
  permissions: builtInRoles.find((role) => role.id === id)?.permissions ?? [],
});
const names = (pages: readonly { readonly name: string }[]) => pages.map(({ name }) => name).join(", ");

const mesh = "Overview, Clusters, Graph, Flows, Policies";
test.each([
  { role: "owner", rail: `${mesh}, Audit, Settings` },
  { role: "viewer", rail: `${mesh}, Settings` },
  { role: "auditor", rail: `${mesh}, Audit, Settings` },
  { role: "installation-administrator", rail: "Audit, Settings" },
  { role: "nobody", rail: "Settings" },
])("$role has the rail $rail", ({ role, rail }) => expect(names(railOf(withRole(role)))).toBe(rail));

test.each([
  ["/", "ordinary", "Overview"],
  ["/clusters/eu-west", "ordinary", "Clusters"],
  ["/clustersx", "ordinary", undefined],
  ["/clusters", "installation", "Clusters"],
] as const)("%s in an %s organisation is %s", (path, kind, name) => expect(pageOf(path, kind)?.name).toBe(name));

test("a page of the other kind of organisation does not belong", () => {
  expect(belongsTo("/clusters", "installation")).toBe(false);
  expect(belongsTo("/settings", "installation")).toBe(true);
});

test("what is missing for a page is named", () => {
  const viewer = withRole("viewer");
  expect(missingFor("/clusters", viewer)).toEqual([]);
  expect(missingFor("/audit", viewer)).toEqual<Permission[]>(["audit.read"]);
  expect(missingFor("/nowhere", viewer)).toEqual([]);
});

test("people start where they see something", () => {
  expect(startOf(withRole("owner"))).toBe("/");
  expect(startOf(withRole("installation-administrator"))).toBe("/audit");
  expect(startOf(withRole("nobody"))).toBe("/settings");
});
