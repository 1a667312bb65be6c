import { describe, expect, it } from "vitest";
import { authorize, builtInRoles, builtInRolesOf, compileAccess, permissions, permissionSpecs } from "./index";
import { bound, subject } from "./testing/subjects";

/** What each built-in role carries, as it is promised to people: written by hand, in short. */
const PROMISED: Readonly<Record<string, string>> = {
  owner:
    "organisation.manage,view-as members.read,manage roles.read,manage providers.read,manage tokens.create,read,manage audit.read,export clusters.read,connect,manage,delete inventory.read flows.read publications.read,approve tiers.read,manage policies.read,write,apply",
  "platform-operator":
    "members.read tokens.create audit.read clusters.read,connect,manage,delete inventory.read flows.read publications.read,approve tiers.read policies.read",
  "security-engineer":
    "members.read tokens.create audit.read clusters.read inventory.read flows.read publications.read,approve tiers.read,manage policies.read,write,apply",
  "tier-editor":
    "tokens.create clusters.read inventory.read flows.read publications.read tiers.read policies.read,write,apply",
  auditor:
    "members.read roles.read providers.read tokens.create,read audit.read,export clusters.read inventory.read flows.read publications.read tiers.read policies.read",
  viewer: "clusters.read inventory.read flows.read publications.read tiers.read policies.read",
  "installation-administrator":
    "members.read,manage roles.read,manage providers.read,manage tokens.create,read,manage audit.read,export installation.manage",
};

const spelledOut = (short: string): readonly string[] =>
  short.split(" ").flatMap((part) => {
    const [noun = "", verbs = ""] = part.split(".");
    return verbs.split(",").map((verb) => `${noun}.${verb}`);
  });

describe("built-in roles", () => {
  it("are these", () => {
    expect(builtInRoles.map(({ id }) => id)).toEqual(Object.keys(PROMISED));
    expect(builtInRolesOf("installation").map(({ id }) => id)).toEqual(["installation-administrator"]);
    expect(builtInRolesOf("ordinary").some(({ id }) => id === "installation-administrator")).toBe(false);
  });

  it.each(builtInRoles.map((role) => ({ name: role.name, role })))(
    "$name grants everywhere what it promises, and nothing else",
    ({ role }) => {
      const access = compileAccess(subject([bound(role.id)]));
      const granted = permissions.filter((permission) => authorize(access, permission, { kind: "organisation" }));
      expect(granted).toEqual(spelledOut(PROMISED[role.id] ?? ""));
      expect(permissions.filter((permission) => access.may(permission))).toEqual(granted);
    },
  );

  it("leave the installation to its own", () => {
    const able = builtInRoles.filter(({ permissions: held }) => held.includes("installation.manage"));
    expect(able.map(({ id }) => id)).toEqual(["installation-administrator"]);
  });
});

describe("permissions", () => {
  it.each(permissions.map((permission) => ({ name: permission, ...permissionSpecs[permission] })))(
    "$name is told to people in a sentence",
    ({ title, description, verb, name }) => {
      expect(title).toMatch(/^[A-Z][^.]+$/u);
      expect(description).toMatch(/^[A-Z].+\.$/u);
      expect(verb).toBe(/\.(read|export)$/u.test(name) ? "read" : "change");
    },
  );
});
