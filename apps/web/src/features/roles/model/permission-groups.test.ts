import { permissions } from "@isthmus/access";
import { expect, test } from "vitest";
import { carried, grantableIn, permissionGroups, roleWarnings, togglePermission } from "./permission-groups";

test("every permission is in one group, and every group has words", () => {
  const groups = permissionGroups();
  expect(groups.flatMap((group) => group.permissions)).toEqual([...permissions]);
  for (const group of groups) expect(group.title).not.toBe(group.noun);
});

test("a group says by what it can be limited", () => {
  const limits = Object.fromEntries(permissionGroups().map(({ noun, limits }) => [noun, limits]));
  expect(limits).toMatchObject({
    members: "whole organisation",
    tiers: "by tier",
    policies: "by cluster, namespace, tier",
  });
});

test("a role carries what there is in its kind of organisation", () => {
  expect(grantableIn("ordinary")).toEqual(permissions.filter((permission) => permission !== "installation.manage"));
  expect(grantableIn("installation")).toContain("installation.manage");
  expect(grantableIn("installation")).not.toContain("clusters.read");
});

test("permissions are ticked and cleared in their own order", () => {
  const held = togglePermission(["policies.read"], "tiers.read");
  expect(held).toEqual(["tiers.read", "policies.read"]);
  expect(togglePermission(held, "tiers.read")).toEqual(["policies.read"]);
});

test("a role that cannot read tiers is warned of", () => {
  expect(roleWarnings(["policies.read"])).toHaveLength(1);
  expect(roleWarnings(["tiers.read", "policies.read"])).toEqual([]);
  expect(roleWarnings(["tiers.read", "policies.apply"])).toHaveLength(1);
  expect(roleWarnings(["clusters.read"])).toEqual([]);
});

test("how much a role carries", () => {
  expect([carried(27, 27), carried(3, 27)]).toEqual(["all 27", "3 of 27"]);
});
