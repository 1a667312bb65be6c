import { permissions } from "@isthmus/access";
import { z } from "zod";
import { endpoint, listOf, moment, type Endpoint } from "../endpoint";

const party = z.object({ kind: z.string(), id: z.string().nullable(), name: z.string() });

const entry = z
  .object({
    id: z.string(),
    seq: z.number().int().nullable().describe("Its place in the chain; null for entries from before there was one."),
    at: moment,
    actor: party,
    action: z.string(),
    target: party,
    detail: z.record(z.string(), z.unknown()),
    ip: z.string(),
  })
  .meta({ id: "AuditEntry" });

const me = z
  .object({
    person: z.object({ id: z.uuid(), email: z.string(), displayName: z.string() }),
    token: z.object({ id: z.uuid(), name: z.string() }).nullable(),
    organisation: z.object({ id: z.uuid(), name: z.string() }),
    permissions: z.array(z.enum(permissions)).describe("What the token may do somewhere."),
    limited: z.boolean().describe("True where some of the organisation is out of reach."),
  })
  .meta({ id: "Me" });

/** The audit log, and who the token speaks for. */
export const auditEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/me",
    id: "me",
    tag: "Me",
    summary: "Who the token speaks for, and what it may do",
    output: me,
    run: async (app, _input, { person, token }) => ({
      ...(await app.frame.access()),
      person,
      token: token ?? null,
    }),
  }),
  endpoint({
    method: "GET",
    path: "/audit",
    id: "listAudit",
    tag: "Audit",
    summary: "The audit log, newest first; /api/export/audit gives it whole",
    input: z.strictObject({
      limit: z.coerce.number().int().min(1).max(200).default(50),
      cursor: z.string().max(20).optional(),
      actorId: z.string().max(100).optional(),
      action: z.string().max(100).optional().describe("An action, or the beginning of several: `policy.`"),
      targetKind: z.string().max(100).optional(),
      targetId: z.string().max(100).optional(),
      text: z.string().max(200).optional(),
    }),
    output: listOf(entry),
    run: async (app, input) => {
      const { lines, nextCursor } = await app.audit.list(input);
      return { items: lines, nextCursor };
    },
  }),
  endpoint({
    method: "GET",
    path: "/audit/verification",
    id: "verifyAudit",
    tag: "Audit",
    summary: "Compute the chain again: whole and unaltered, or where it is not",
    output: z.object({
      intact: z.boolean(),
      entries: z.number().int(),
      beforeChain: z.number().int(),
      head: z.object({ seq: z.number().int(), hash: z.string() }).nullable(),
      problems: z.array(z.object({ code: z.string(), message: z.string() })),
      problemCount: z.number().int(),
    }),
    run: (app) => app.audit.verify(),
  }),
];
