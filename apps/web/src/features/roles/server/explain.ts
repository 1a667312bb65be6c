import { compileAccess, explainAccess, type ExplainInput, type Permission, type Resource } from "@isthmus/access";
import {
  findApiTokenById,
  findMember,
  listMembers,
  listProviders,
  readAccessSource,
  readRolesAndClusters,
  type AccessSource,
  type OrganisationTransaction,
} from "@isthmus/db";
import type { Authority } from "../../../server/authority";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import type { ExplainQuestion } from "./inputs";

/** Bindings that are told of: whoever holds hundreds is told how many more there are. */
const toldAtMost = 25;

type Context = RequestContext & PersonContext;

interface Subject {
  readonly personId: string;
  readonly name: string;
  readonly ceiling?: NonNullable<ExplainInput["ceiling"]>;
  /** What this request itself may do, where it is the asker. */
  readonly own?: Pick<Authority, "access" | "bindings">;
}

const own = ({ identity, authority, authority: { viewingAs } }: Context): Subject => ({
  own: authority,
  personId: viewingAs?.id ?? identity.person.id,
  name: viewingAs?.displayName ?? identity.person.displayName,
  ...(identity.token === undefined ? {} : { ceiling: identity.token.ceiling }),
});

async function subjectOf(tx: OrganisationTransaction, ctx: Context, question: ExplainQuestion): Promise<Subject> {
  if (question.tokenId !== undefined) {
    const token = await findApiTokenById(tx, question.tokenId);
    if (token?.personId !== ctx.person.id) ctx.authorize("roles.read", { kind: "organisation" });
    if (token === undefined) throw new AppError("not-found", "This token is not there.");
    const { personId, name, roleId, scope } = token;
    return { personId, name: `the token ${name}`, ceiling: { roleId, scope } };
  }
  const self = own(ctx);
  if (question.personId === undefined || question.personId === self.personId) return self;
  ctx.authorize("roles.read", { kind: "organisation" });
  const member = await findMember(tx, question.personId);
  if (member === undefined) throw new AppError("not-found", "This person is not a member here.");
  return { personId: member.personId, name: member.displayName };
}

/** Members in use who could give a role: those who may manage roles. */
async function granters(tx: OrganisationTransaction): Promise<readonly string[]> {
  const names: string[] = [];
  for (const member of (await listMembers(tx)).filter(({ disabledAt }) => disabledAt === null).slice(0, 200)) {
    if (names.length === 5) break;
    const source = await readAccessSource(tx, { personId: member.personId });
    if (compileAccess(source).may("roles.manage")) names.push(member.displayName || member.email);
  }
  return names;
}

/** What a subject's access follows from; what the asker holds is known since the request was let in. */
const sourceOf = async (tx: OrganisationTransaction, { own: asker, personId }: Subject): Promise<AccessSource> =>
  asker === undefined
    ? readAccessSource(tx, { personId })
    : { bindings: asker.bindings, ...(await readRolesAndClusters(tx)) };

/** The names of the providers whose groups give somebody a role. */
async function providerNames(tx: OrganisationTransaction, { bindings }: AccessSource) {
  if (bindings.every(({ holder }) => holder.kind === "person")) return new Map<string, string>();
  return new Map((await listProviders(tx)).map(({ id, name }) => [id, name]));
}

/** A cluster that the person cannot see is, to them, none. */
function refuseUnseen(ctx: Context, resource: Resource): void {
  const seen = ctx.access.clusters("clusters.read");
  const asked = "clusterIds" in resource ? resource.clusterIds : "clusterId" in resource ? [resource.clusterId] : [];
  if (seen !== "all" && asked.some((id) => id !== "" && !seen.has(id)))
    throw new AppError("not-found", "This cluster is not there.");
}

/** "Why can I (not)…": which bindings give it, or what is missing, which roles would and who could give them. */
export const explain = (ctx: Context, question: ExplainQuestion) =>
  ctx.wholeOrganisation.transaction(async (tx) => {
    const permission = question.permission as Permission;
    const { labels: _, ...asked } = { labels: undefined, ...question.resource };
    const resource = (question.resource.kind === "cluster" ? question.resource : asked) as Resource;
    refuseUnseen(ctx, resource);
    const subject = await subjectOf(tx, ctx, question);
    const source = await sourceOf(tx, subject);
    const explanation = explainAccess(
      {
        ...source,
        ...(subject.own === undefined ? {} : { compiled: subject.own.access }),
        ...(subject.ceiling === undefined ? {} : { ceiling: subject.ceiling }),
        subject: subject.name,
        atMost: toldAtMost,
        providers: await providerNames(tx, source),
        organisation: ctx.identity.organisationKind,
        readOnly: ctx.authority.viewingAs !== undefined && subject.personId === ctx.authority.viewingAs.id,
      },
      permission,
      resource,
    );
    return {
      allowed: explanation.allowed,
      grantedBy: explanation.grantedBy.map((each) => ({
        ...each,
        sentence: `${each.roleName}, held by ${each.via.name}, ${each.scope}`,
      })),
      missing: explanation.missing,
      untold: explanation.untold,
      wouldGrant: explanation.wouldGrant,
      granters: explanation.allowed ? [] : await granters(tx),
    };
  });
