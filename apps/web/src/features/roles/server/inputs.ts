import { isPermission, permissions } from "@isthmus/access";
import { z } from "zod";

const names = z.union([
  z.literal("all"),
  z
    .array(
      z
        .string()
        .max(253)
        .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, "holds lower-case letters, digits, dots and dashes"),
    )
    .min(1, "names at least one, or is “all”")
    .max(200),
]);

/** Where a role holds. */
const scopeInput = z.strictObject({
  clusters: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("all") }),
    z.strictObject({ kind: z.literal("selector"), selector: z.string().trim().min(1).max(2_000) }),
    z.strictObject({ kind: z.literal("ids"), ids: z.array(z.uuid()).min(1).max(500) }),
  ]),
  namespaces: names,
  tiers: names,
});

/** A role (a built-in one's name or a custom one's id) and where it is to hold. */
export const grantInput = { roleId: z.string().min(1).max(100), scope: scopeInput };

const holderInput = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("person"), personId: z.uuid() }),
  z.strictObject({ kind: z.literal("group"), providerId: z.uuid(), group: z.string().trim().min(1).max(400) }),
]);

export const bindInput = z.object({ ...grantInput, holder: holderInput });

const permissionInput = z.string().refine(isPermission, {
  error: ({ input }) => `there is no permission ${JSON.stringify(input)}; there are ${permissions.join(", ")}`,
});

const roleText = {
  name: z.string().trim().min(1, "A role needs a name.").max(60),
  description: z.string().trim().max(200).default(""),
  permissions: z.array(permissionInput).min(1, "A role carries at least one permission.").max(permissions.length),
};
export const createRoleInput = z.object(roleText);
export const updateRoleInput = z.object({ id: z.uuid(), ...roleText });
export const idInput = z.object({ id: z.uuid() });

const name = z.string().max(253);
const resource = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("organisation") }),
  z.strictObject({
    kind: z.literal("cluster"),
    clusterId: z.string().max(36),
    labels: z.record(z.string().max(330), z.string().max(63)).optional(),
  }),
  z.strictObject({ kind: z.literal("place"), clusterId: z.string().max(36), namespace: name }),
  z.strictObject({ kind: z.literal("tier"), tier: name }),
  z.strictObject({
    kind: z.literal("policy"),
    tier: name,
    namespace: name,
    clusterIds: z.array(z.string().max(36)).max(500),
  }),
]);

/** "Why can I (not)…": about oneself, another member, or a token. */
export const explainInput = z.object({
  permission: permissionInput,
  resource,
  personId: z.uuid().optional(),
  tokenId: z.uuid().optional(),
});

export type BindInput = z.infer<typeof bindInput>;
export type RoleInput = z.infer<typeof createRoleInput>;
export type ExplainQuestion = z.infer<typeof explainInput>;
