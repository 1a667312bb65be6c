import {
  EVERYWHERE,
  type AccessCluster,
  type AccessInput,
  type BindingScope,
  type RoleBinding,
  type StoredRole,
} from "../index";

/** Clusters of the tables: two in Europe, of which one is for production. */
export const MESH: readonly AccessCluster[] = [
  { id: "c-west", name: "eu-west", labels: { env: "prod", region: "eu" } },
  { id: "c-north", name: "eu-north", labels: { env: "test", region: "eu" } },
  { id: "c-east", name: "us-east", labels: { env: "prod", region: "us" } },
];

/** A scope with limits where they are given. */
export const scoped = (limits: Partial<BindingScope>): BindingScope => ({ ...EVERYWHERE, ...limits });

/** Limits in clusters. */
export const selector = (text: string): Partial<BindingScope> => ({ clusters: { kind: "selector", selector: text } });
export const ids = (...of: readonly string[]): Partial<BindingScope> => ({ clusters: { kind: "ids", ids: of } });

/** A binding that Ada holds herself. */
export const bound = (roleId: string, limits: Partial<BindingScope> = {}, id = "b1"): RoleBinding => ({
  id,
  roleId,
  holder: { kind: "person", personId: "ada" },
  scope: scoped(limits),
});

/** Bindings with ids b1, b2, … */
export const numbered = (...bindings: readonly RoleBinding[]): readonly RoleBinding[] =>
  bindings.map((binding, at) => ({ ...binding, id: `b${at + 1}` }));

/** A custom role. */
export const custom = (id: string, ...permissions: readonly string[]): StoredRole => ({
  id,
  name: `Custom ${id}`,
  permissions,
});

/** A subject of the mesh. */
export const subject = (bindings: readonly RoleBinding[], more: Partial<AccessInput> = {}): AccessInput => ({
  bindings,
  roles: [],
  clusters: MESH,
  ...more,
});
