import {
  findAuditHead,
  findOrganisation,
  listApiTokens,
  listApplications,
  listBindings,
  listClusters,
  listCustomRoles,
  listInvitations,
  listMembers,
  listPolicies,
  listPublications,
  listRevisions,
  listTiers,
  type OrganisationTransaction,
} from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";
import { fileWord, type Download } from "../../../server/download";
import { auditEntries, recordAct } from "../../audit/server";

type Context = RequestContext & PersonContext;

const line = (record: string, value: object): string =>
  `${JSON.stringify({ record, ...value }, (_key, each: unknown) => (typeof each === "bigint" ? each.toString() : each))}\n`;

const linesOf = (record: string, values: readonly object[]): string =>
  values.map((each) => line(record, each)).join("");

/** What is small: everything but policies and the log. Of invitations and tokens neither secrets nor their hashes. */
async function* small(tx: OrganisationTransaction): AsyncGenerator<string> {
  const clusters = await listClusters(tx);
  yield linesOf(
    "cluster",
    clusters.map((cluster) => ({ ...cluster, session: undefined })),
  );
  yield linesOf("tier", await listTiers(tx));
  yield linesOf("publication", await listPublications(tx));
  yield linesOf("member", await listMembers(tx));
  yield linesOf("role", await listCustomRoles(tx));
  yield linesOf("binding", await listBindings(tx));
  yield linesOf("invitation", await listInvitations(tx));
  yield linesOf("token", await listApiTokens(tx));
}

async function* texts(ctx: Context, throughId: bigint): AsyncGenerator<string> {
  const { wholeOrganisation } = ctx;
  const organisation = await wholeOrganisation.transaction(findOrganisation);
  yield line("organisation", { ...organisation, format: "isthmus-organisation", version: 1 });
  yield await wholeOrganisation.transaction(async (tx) => {
    let text = "";
    for await (const part of small(tx)) text += part;
    return text;
  });
  for (const policy of await wholeOrganisation.transaction(listPolicies)) {
    yield line("policy", { ...policy, newest: undefined, application: undefined, applied: undefined });
    yield await wholeOrganisation.transaction(
      async (tx) =>
        linesOf("policy-revision", await listRevisions(tx, policy.id)) +
        linesOf("policy-application", await listApplications(tx, policy.id)),
    );
  }
  for await (const entries of auditEntries(ctx, { filter: {}, throughId })) yield linesOf("audit-entry", entries);
}

/** Everything of the organisation as JSON Lines, each of which says what it records. The export is written into the audit log. */
export async function openOrganisationExport(ctx: Context): Promise<Download> {
  const begun = await ctx.wholeOrganisation.transaction(async (tx) => {
    const organisation = await findOrganisation(tx);
    const head = await findAuditHead(tx);
    const name = organisation?.name ?? "";
    await recordAct(tx, ctx, {
      action: "organisation.export",
      target: { kind: "organisation", id: ctx.organisationId, name },
    });
    return { name, throughId: head?.newestId ?? 0n };
  });
  const day = new Date(ctx.server.clock.now()).toISOString().slice(0, 10);
  return {
    fileName: `${fileWord(begun.name)}-${day}.jsonl`,
    contentType: "application/jsonl; charset=utf-8",
    texts: texts(ctx, begun.throughId),
  };
}
