import { describe, expect, it } from "vitest";
import { authorize, builtInRoles, compileAccess, EVERYWHERE, permissions } from "./index";

const clusters = [{ id: "c1", name: "eu-west", labels: { env: "prod" } }];

const holding = (roleId: string) =>
  compileAccess({
    bindings: [{ id: "b1", roleId, holder: { kind: "person", personId: "p" }, scope: EVERYWHERE }],
    roles: [],
    clusters,
  });

describe("built-in roles without limits", () => {
  it.each(builtInRoles.map((role) => ({ name: role.name, role })))(
    "$name grants its permissions and no other",
    ({ role }) => {
      const access = holding(role.id);
      const granted = permissions.filter((permission) => authorize(access, permission, { kind: "organisation" }));
      expect(granted.toSorted()).toEqual(role.permissions.toSorted());
    },
  );
});
