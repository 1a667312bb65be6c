import { builtInRoles, type Permission } from "@isthmus/access";
import { expect, test } from "vitest";
import {
  accessAreaOf,
  accessPageOf,
  belongsTo,
  missingFor,
  pageOf,
  placeElsewhere,
  railOf,
  startOf,
  type Seeing,
} from "./pages";

const withRole = (id: string): Seeing => ({
  kind: id === "installation-administrator" ? "installation" : "ordinary",
  permissions: builtInRoles.find((role) => role.id === id)?.permissions ?? [],
});
const names = (pages: readonly { readonly name: string }[]) => pages.map(({ name }) => name).join(", ");

const mesh = "Overview, Clusters, Graph, Flows, Policies";
test.each([
  { role: "owner", rail: `${mesh}, Audit, Access, Settings` },
  { role: "viewer", rail: `${mesh}, Access, Settings` },
  { role: "auditor", rail: `${mesh}, Audit, Access, Settings` },
  { role: "installation-administrator", rail: "Organisations, Single sign-on, Administrators, Audit, Settings" },
  { role: "nobody", rail: "Access, Settings" },
])("$role has the rail $rail", ({ role, rail }) => expect(names(railOf(withRole(role)))).toBe(rail));

test.each([
  {
    role: "owner",
    area: "People, Groups and bindings, Roles, Single sign-on, API tokens, Why can I…, Organisation",
  },
  { role: "platform-operator", area: "People, API tokens, Why can I…" },
  { role: "viewer", area: "Why can I…" },
  {
    role: "installation-administrator",
    area: "Administrators, Groups and bindings, Roles, Single sign-on, API tokens, Why can I…",
  },
])("inside Access $role has $area", ({ role, area }) => expect(names(accessAreaOf(withRole(role)))).toBe(area));

test.each([
  ["/", "ordinary", "Overview"],
  ["/clusters/eu-west", "ordinary", "Clusters"],
  ["/clustersx", "ordinary", undefined],
  ["/access/roles", "ordinary", "Access"],
  ["/access/sign-on", "ordinary", "Access"],
  ["/access/sign-on", "installation", "Single sign-on"],
  ["/access/people", "installation", "Administrators"],
  ["/access/tokens", "installation", "Administrators"],
  ["/clusters", "installation", "Clusters"],
] as const)("%s in an %s organisation is %s", (path, kind, name) => expect(pageOf(path, kind)?.name).toBe(name));

test("a page of the other kind of organisation does not belong", () => {
  expect(belongsTo("/clusters", "installation")).toBe(false);
  expect(belongsTo("/organisations", "ordinary")).toBe(false);
  expect(belongsTo("/access/people", "installation")).toBe(true);
  expect(belongsTo("/access", "installation")).toBe(true);
  expect(belongsTo("/access/organisation", "installation")).toBe(false);
  expect(belongsTo("/access/organisation", "ordinary")).toBe(true);
  expect(belongsTo("/settings", "installation")).toBe(true);
  expect(belongsTo("/settings/storage", "installation")).toBe(false);
  expect(belongsTo("/settings/storage", "ordinary")).toBe(true);
});

test.each([
  ["/clusters/3f2c", "ordinary", "/clusters"],
  ["/policies/3f2c", "ordinary", "/policies"],
  ["/access/people", "ordinary", "/access/people"],
  ["/access/people", "installation", "/access/people"],
  ["/access", "ordinary", "/access"],
  ["/clusters/3f2c", "installation", "/"],
  ["/organisations", "ordinary", "/"],
  ["/settings/storage", "installation", "/"],
  ["/nowhere", "ordinary", "/"],
] as const)("of %s the place in another, %s organisation is %s", (path, kind, place) =>
  expect(placeElsewhere(path, kind)).toBe(place),
);

test("what is missing for a page is named", () => {
  const viewer = withRole("viewer");
  expect(missingFor("/clusters", viewer)).toEqual([]);
  expect(missingFor("/settings", viewer)).toEqual([]);
  expect(missingFor("/settings/storage", viewer)).toEqual(["organisation.manage"]);
  expect(missingFor("/audit", viewer)).toEqual<Permission[]>(["audit.read"]);
  expect(missingFor("/access/people", viewer)).toEqual<Permission[]>(["members.read"]);
  expect(missingFor("/access/why", viewer)).toEqual([]);
  expect(missingFor("/nowhere", viewer)).toEqual([]);
});

test("people start where they see something", () => {
  expect(startOf(withRole("owner"))).toBe("/");
  expect(startOf(withRole("installation-administrator"))).toBe("/organisations");
  expect(startOf(withRole("nobody"))).toBe("/access");
});

test("a path inside Access is one of its pages", () => {
  expect(accessPageOf("/access/tokens", "ordinary")?.name).toBe("API tokens");
  expect(accessPageOf("/access", "ordinary")).toBeUndefined();
});
