import { permitted, router, signedInProcedure } from "../../../server/trpc";
import { bind, bindings, unbind } from "./bindings";
import { explain } from "./explain";
import { bindInput, createRoleInput, explainInput, idInput, updateRoleInput } from "./inputs";
import { createRole, deleteRole, permissionCatalogue, roles, updateRole } from "./roles";

export const rolesRouter = router({
  /** What roles there are to choose from; whoever makes a token needs to know. */
  list: signedInProcedure.meta({ tokens: true }).query(({ ctx }) => roles(ctx)),
  permissions: permitted("roles.read").query(() => permissionCatalogue()),
  create: permitted("roles.manage")
    .input(createRoleInput)
    .mutation(({ ctx, input }) => createRole(ctx, input)),
  update: permitted("roles.manage")
    .input(updateRoleInput)
    .mutation(({ ctx, input }) => updateRole(ctx, input)),
  delete: permitted("roles.manage")
    .input(idInput)
    .mutation(({ ctx, input }) => deleteRole(ctx, input.id)),
  bindings: permitted("roles.read").query(({ ctx }) => bindings(ctx)),
  bind: permitted("roles.manage")
    .input(bindInput)
    .mutation(({ ctx, input }) => bind(ctx, input)),
  unbind: permitted("roles.manage")
    .input(idInput)
    .mutation(({ ctx, input }) => unbind(ctx, input.id)),
  /** For oneself always; for another member or a token of theirs with roles.read. */
  explain: signedInProcedure
    .meta({ tokens: true })
    .input(explainInput)
    .query(({ ctx, input }) => explain(ctx, input)),
});
