import { permissions } from "@isthmus/access";
import { z } from "zod";
import { endpoint, listOf, moment, pageOf, paging, type Endpoint } from "../endpoint";

const names = z.union([z.literal("all"), z.array(z.string())]);
const scope = z
  .object({
    clusters: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("all") }),
      z.object({ kind: z.literal("selector"), selector: z.string() }),
      z.object({ kind: z.literal("ids"), ids: z.array(z.uuid()) }),
    ]),
    namespaces: names,
    tiers: names,
  })
  .meta({ id: "Scope" });

const permission = z.enum(permissions);
const given = { roleId: z.string().min(1).max(100).describe("A built-in role's name, or a custom one's id."), scope };

const member = z
  .object({
    personId: z.uuid(),
    email: z.string(),
    displayName: z.string(),
    disabledAt: moment.nullable(),
    joinedAt: moment,
    joinedBy: z.string(),
    lastSignInAt: moment.nullable(),
    groups: z.array(z.string()),
  })
  .meta({ id: "Member" });

const invitation = z
  .object({
    id: z.uuid(),
    email: z.string(),
    ...given,
    createdAt: moment,
    expiresAt: moment,
    acceptedAt: moment.nullable(),
    revokedAt: moment.nullable(),
  })
  .meta({ id: "Invitation" });

const role = z
  .object({
    id: z.string(),
    name: z.string(),
    builtIn: z.boolean(),
    description: z.string(),
    permissions: z.array(permission),
  })
  .meta({ id: "Role" });

const holder = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("person"), personId: z.uuid() }),
    z.object({ kind: z.literal("group"), providerId: z.uuid(), group: z.string() }),
  ])
  .meta({ id: "Holder" });

const binding = z
  .object({ id: z.uuid(), ...given, holder, origin: z.string(), createdAt: moment })
  .meta({ id: "Binding" });

const roleText = {
  name: z.string().min(1).max(60),
  description: z.string().max(200).default(""),
  permissions: z.array(permission).min(1),
};
const id = z.uuid();
const personId = z.uuid();
const made = z.object({ id: z.uuid() });

const memberEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/members",
    id: "listMembers",
    tag: "Members",
    summary: "Members of the organisation",
    input: z.strictObject(paging),
    output: listOf(member),
    run: async (app, input) => {
      const { members } = await app.members.list();
      const dated = members.map((each) => ({ ...each, id: each.personId, joinedAt: each.createdAt }));
      return pageOf(dated, input);
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/members/{personId}",
    id: "removeMember",
    tag: "Members",
    summary: "Remove a member with roles, tokens and sessions; 409 for the last owner",
    input: z.strictObject({ personId }),
    run: (app, input) => app.members.remove(input),
  }),
  endpoint({
    method: "POST",
    path: "/members/{personId}/disable",
    id: "disableMember",
    tag: "Members",
    summary: "Shut a member out: sessions end at once, tokens do nothing",
    input: z.strictObject({ personId }),
    run: (app, input) => app.members.disable(input),
  }),
  endpoint({
    method: "POST",
    path: "/members/{personId}/enable",
    id: "enableMember",
    tag: "Members",
    summary: "Let a member in again",
    input: z.strictObject({ personId }),
    run: (app, input) => app.members.enable(input),
  }),
  endpoint({
    method: "GET",
    path: "/invitations",
    id: "listInvitations",
    tag: "Members",
    summary: "Invitations, open ones and others",
    input: z.strictObject(paging),
    output: listOf(invitation),
    run: async (app, input) => pageOf((await app.members.list()).invitations, input),
  }),
  endpoint({
    method: "POST",
    path: "/invitations",
    id: "invite",
    tag: "Members",
    summary: "Invite somebody; the link is in this answer alone. An earlier open link of the address ends",
    input: z.strictObject({ email: z.string().max(320), days: z.int().min(1).max(30).default(7), ...given }),
    output: z.object({ id: z.uuid(), url: z.url(), expiresAt: moment }),
    status: 201,
    run: (app, input) => app.members.invite(input),
  }),
  endpoint({
    method: "DELETE",
    path: "/invitations/{id}",
    id: "withdrawInvitation",
    tag: "Members",
    summary: "Withdraw an open invitation",
    input: z.strictObject({ id }),
    run: (app, input) => app.members.withdrawInvitation(input),
  }),
];

const roleEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/roles",
    id: "listRoles",
    tag: "Roles",
    summary: "Built-in roles and the organisation's own",
    input: z.strictObject(paging),
    output: listOf(role),
    run: async (app, input) => pageOf(await app.roles.list(), input),
  }),
  endpoint({
    method: "POST",
    path: "/roles",
    id: "createRole",
    tag: "Roles",
    summary: "Make a role; 409 where the name is taken",
    input: z.strictObject(roleText),
    output: made,
    status: 201,
    run: (app, input) => app.roles.create(input),
  }),
  endpoint({
    method: "PUT",
    path: "/roles/{id}",
    id: "updateRole",
    tag: "Roles",
    summary: "Replace a role; whoever holds it may do what it carries from then on",
    input: z.strictObject({ id, ...roleText }),
    run: (app, input) => app.roles.update(input),
  }),
  endpoint({
    method: "DELETE",
    path: "/roles/{id}",
    id: "deleteRole",
    tag: "Roles",
    summary: "Delete a role; 409 while anything uses it",
    input: z.strictObject({ id }),
    run: (app, input) => app.roles.delete(input),
  }),
  endpoint({
    method: "GET",
    path: "/bindings",
    id: "listBindings",
    tag: "Roles",
    summary: "Who holds which role where",
    input: z.strictObject(paging),
    output: listOf(binding),
    run: async (app, input) => pageOf(await app.roles.bindings(), input),
  }),
  endpoint({
    method: "POST",
    path: "/bindings",
    id: "createBinding",
    tag: "Roles",
    summary: "Give a role to a person or a provider's group, as far as one's own access reaches",
    input: z.strictObject({ ...given, holder }),
    output: made,
    status: 201,
    run: (app, input) => app.roles.bind(input),
  }),
  endpoint({
    method: "DELETE",
    path: "/bindings/{id}",
    id: "deleteBinding",
    tag: "Roles",
    summary: "Take a role back; 409 for the last owner",
    input: z.strictObject({ id }),
    run: (app, input) => app.roles.unbind(input),
  }),
];

/** Who belongs to the organisation, and who may do what where. */
export const accessEndpoints: readonly Endpoint[] = [...memberEndpoints, ...roleEndpoints];
