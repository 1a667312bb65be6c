import { authorize, regionsOf, type Resource } from "./authorize";
import { compileAccess, TIER_RULE, type Access } from "./compile";
import type { Explanation, GrantedBy, MissingReason } from "./explanation";
import { judgeBinding, type Question, type Shortfall } from "./judge-binding";
import type { AccessInput } from "./layers";
import { isOfPolicies, permissionSpecs, type Permission } from "./permissions";
import { WHOLE, type Region } from "./region";
import { readRoles } from "./role-book";
import { builtInRolesOf, type OrganisationKind } from "./roles";
import { couldReach, scopeResolver } from "./scope";
import { describeScope } from "./scope-text";
import { shortfallSentence, viaOf, type Holding } from "./shortfall-text";

/** An access to explain, with the names that its sentences need. */
export interface ExplainInput extends AccessInput {
  /** The person's or token's name. */
  readonly subject: string;
  /** Names of sign-in providers by id. */
  readonly providers?: ReadonlyMap<string, string>;
  /** Which built-in roles there are to propose; an ordinary organisation's where it is absent. */
  readonly organisation?: OrganisationKind;
  /** How many bindings are told of for each thing at most; all unless given. */
  readonly atMost?: number;
  /** What the rest compiles to, where somebody has compiled it already. */
  readonly compiled?: Access;
}

/** An explanation while it is worked out. */
interface Case {
  readonly input: ExplainInput;
  readonly question: Question;
  readonly access: Access;
  readonly anyRegion: boolean;
}

const holdingOf = ({ input, question }: Case, given: Holding["given"]): Holding => ({
  given,
  subject: input.subject,
  roleName: question.book.roles.get(given.roleId)?.name ?? "A role that does not exist",
  clusters: input.clusters,
  providers: input.providers ?? new Map(),
});

/** The clusters that regions lie in, where they are single ones. */
const clusterIdsOf = (regions: readonly Region[]): readonly string[] =>
  regions.flatMap(({ cluster }) => (typeof cluster === "string" ? [cluster] : []));

/** A part of a list that is told, and how many are left out. */
interface Told<T> {
  readonly told: readonly T[];
  readonly untold: number;
}

/** Words are made of those alone that are told. */
function tell<T, U>({ input }: Case, all: readonly T[], inWords: (each: T) => U): Told<U> {
  const told = all.slice(0, input.atMost ?? all.length).map(inWords);
  return { told, untold: all.length - told.length };
}

/** The bindings that grant a permission in some of the regions in which it is granted. */
function grantedBy(of: Case, permission: Permission, resource: Resource): Told<GrantedBy> {
  const regions = of.question.regions.filter((region) => of.access.covers(of.question.permission, region));
  const { dimensions } = permissionSpecs[permission];
  const granting = of.input.bindings.flatMap((binding) => {
    if (!regions.some((region) => couldReach(binding.scope, dimensions, region))) return [];
    const { granted } = judgeBinding({ ...of.question, permission, regions }, binding);
    return granted.length === 0 ? [] : [{ binding, granted }];
  });
  const isPart = resource.kind === "policy" && permission === of.question.permission && resource.clusterIds.length > 0;
  return tell(of, granting, ({ binding, granted }): GrantedBy => {
    const holding = holdingOf(of, binding);
    return {
      bindingId: binding.id,
      roleName: holding.roleName,
      via: viaOf(holding),
      scope: describeScope(binding.scope, of.input.clusters),
      grants: permission,
      ...(isPart ? { clusterIds: clusterIdsOf(granted) } : {}),
    };
  });
}

function reasonOf(of: Case, shortfall: Shortfall, given: Holding["given"]): MissingReason {
  const isBinding = "id" in given;
  const named = shortfall.code === "scope-void" ? shortfall.error : shortfall;
  return {
    code: named.code,
    at: isBinding ? "binding" : "ceiling",
    ...(isBinding ? { bindingId: given.id } : {}),
    ...("dimension" in named ? { dimension: named.dimension } : {}),
    sentence: shortfallSentence(shortfall, holdingOf(of, given), of.question.permission),
  };
}

/** Bindings that have the permission and are too narrow come before those that have it not. */
const isFar = ({ code }: Shortfall): number => Number(code === "role-unknown" || code === "role-lacks-permission");

interface OfBindings extends Told<MissingReason> {
  readonly granted: readonly Region[];
}

/** What keeps the bindings from granting the permission, and the regions in which they do. */
function ofBindings(of: Case): OfBindings {
  const { input, question, anyRegion } = of;
  const granted = new Set(input.bindings.flatMap((binding) => judgeBinding(question, binding).granted));
  const open = question.regions.filter((region) => !granted.has(region));
  if (anyRegion ? granted.size > 0 : open.length === 0) return { granted: [...granted], told: [], untold: 0 };
  if (input.bindings.length === 0) {
    const sentence = `${input.subject} holds no role`;
    return { granted: [], told: [{ code: "no-binding", at: "subject", sentence }], untold: 0 };
  }
  const inTheWay = input.bindings
    .flatMap((binding) =>
      judgeBinding({ ...question, regions: open }, binding).shortfalls.map((shortfall) => ({ shortfall, binding })),
    )
    .toSorted((a, b) => isFar(a.shortfall) - isFar(b.shortfall));
  const words = tell(of, inTheWay, ({ shortfall, binding }) => reasonOf(of, shortfall, binding));
  return { granted: [...granted], ...words };
}

/** What keeps the ceiling from granting it where the bindings do, or anywhere if they do nowhere. */
function ofCeiling(of: Case, reached: readonly Region[]): readonly MissingReason[] {
  const { ceiling } = of.input;
  if (!ceiling) return [];
  const regions = of.anyRegion && reached.length > 0 ? reached : of.question.regions;
  const { granted, shortfalls } = judgeBinding({ ...of.question, regions }, ceiling);
  if (of.anyRegion ? granted.length > 0 : granted.length === regions.length) return [];
  return shortfalls.map((shortfall) => reasonOf(of, shortfall, ceiling));
}

/** What keeps the tier from being read, by the bindings and by the ceiling. */
function ofTier({ input, question }: Case): readonly MissingReason[] {
  const [region] = question.regions;
  if (!region || !isOfPolicies(question.permission)) return [];
  const asked = { ...question, permission: TIER_RULE, regions: [region] };
  const reads = (given: Holding["given"]): boolean => judgeBinding(asked, given).granted.length > 0;
  const tier = region.tier === WHOLE ? "every tier" : `tier \`${region.tier}\``;
  const need = `who touches a policy must be able to see its tier (\`${TIER_RULE}\`)`;
  const reason = (at: "subject" | "ceiling", who: string): MissingReason => ({
    code: "tier-cannot-be-read",
    at,
    sentence: `${who} to see ${tier}: ${need}`,
  });
  return [
    ...(input.bindings.some(reads) ? [] : [reason("subject", `${input.subject} holds no role`)]),
    ...(input.ceiling && !reads(input.ceiling) ? [reason("ceiling", "The token is not allowed")] : []),
  ];
}

function missingOf(of: Case): Told<MissingReason> {
  const bindings = ofBindings(of);
  const readOnly: MissingReason = {
    code: "view-as-is-read-only",
    at: "subject",
    sentence: `Looking at the product as ${of.input.subject} changes nothing`,
  };
  const isChange = permissionSpecs[of.question.permission].verb === "change";
  const told = [
    ...(of.input.readOnly && isChange ? [readOnly] : []),
    ...bindings.told,
    ...ofTier(of),
    ...ofCeiling(of, bindings.granted),
  ];
  return { told, untold: bindings.untold };
}

/** Names of the roles that carry a permission with what it needs beside it. */
function wouldGrant({ input, question }: Case): readonly string[] {
  const needed = isOfPolicies(question.permission) ? [question.permission, TIER_RULE] : [question.permission];
  const ids = [
    ...builtInRolesOf(input.organisation ?? "ordinary").map(({ id }) => id),
    ...input.roles.map(({ id }) => id),
  ];
  return [...new Set(ids)].flatMap((id) => {
    const role = question.book.roles.get(id);
    return role && needed.every((permission) => role.permissions.includes(permission)) ? [role.name] : [];
  });
}

/** Explains what `authorize` answers: the bindings that grant it, or everything that is in the way, and roles that would. */
export function explainAccess(input: ExplainInput, permission: Permission, resource: Resource): Explanation {
  const access = input.compiled ?? compileAccess(input);
  const question: Question = {
    book: readRoles(input.roles),
    resolve: scopeResolver(input.clusters),
    permission,
    regions: regionsOf(resource),
  };
  const anyRegion = permissionSpecs[permission].verb === "read";
  const of: Case = { input, question, access, anyRegion };
  const allowed = authorize(access, permission, resource);
  const needed = isOfPolicies(permission) ? [permission, TIER_RULE] : [permission];
  const granting = allowed ? needed.map((each) => grantedBy(of, each, resource)) : [];
  const missing = allowed ? { told: [], untold: 0 } : missingOf(of);
  return {
    allowed,
    grantedBy: granting.flatMap(({ told }) => told),
    missing: missing.told,
    untold: { grantedBy: granting.reduce((sum, { untold }) => sum + untold, 0), missing: missing.untold },
    wouldGrant: wouldGrant(of),
  };
}
