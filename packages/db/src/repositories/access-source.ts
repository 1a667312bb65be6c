import { prismaOf, type OrganisationTransaction } from "../transaction";
import { labelsOf } from "./clusters";

/** Where a binding holds, as it is stored. */
export interface StoredScope {
  readonly clusters:
    | { readonly kind: "all" }
    | { readonly kind: "selector"; readonly selector: string }
    | { readonly kind: "ids"; readonly ids: readonly string[] };
  readonly namespaces: "all" | readonly string[];
  readonly tiers: "all" | readonly string[];
}

/** A role that somebody holds somewhere. */
export interface StoredBinding {
  readonly id: string;
  readonly roleId: string;
  readonly holder:
    | { readonly kind: "person"; readonly personId: string }
    | { readonly kind: "group"; readonly providerId: string; readonly group: string };
  readonly scope: StoredScope;
}

/** Everything that a person's access in the organisation follows from. */
export interface AccessSource {
  /** Held by the person, and by groups that a provider said they are in. */
  readonly bindings: readonly StoredBinding[];
  /** Custom roles. */
  readonly roles: readonly { readonly id: string; readonly name: string; readonly permissions: readonly string[] }[];
  readonly clusters: readonly {
    readonly id: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
  }[];
}

interface BindingRow {
  readonly id: string;
  readonly role_id: string;
  readonly person_id: string | null;
  readonly provider_id: string | null;
  readonly group_name: string | null;
  readonly scope: unknown;
}

/** Reads what a person's access follows from; nothing is held by who is no member or was shut out. */
export async function readAccessSource(
  tx: OrganisationTransaction,
  { personId }: { readonly personId: string },
): Promise<AccessSource> {
  const bindings = await prismaOf(tx).$queryRaw<BindingRow[]>`
    select b.id::text, b.role_id, b.person_id::text, b.provider_id::text, b.group_name, b.scope
    from role_binding b
    where exists (select from membership m where m.person_id = ${personId}::uuid and m.disabled_at is null)
      and (b.person_id = ${personId}::uuid or exists (
        select from person_group g
        where g.person_id = ${personId}::uuid and g.provider_id = b.provider_id and g.group_name = b.group_name))
    order by b.id`;
  return { bindings: bindings.map(bindingOf), ...(await readRolesAndClusters(tx)) };
}

/** What grants are written of, whoever holds them: the custom roles, and the clusters that there are. */
export async function readRolesAndClusters(
  tx: OrganisationTransaction,
): Promise<Pick<AccessSource, "roles" | "clusters">> {
  const prisma = prismaOf(tx);
  const roles = await prisma.role.findMany({
    select: { id: true, name: true, permissions: true },
    orderBy: { id: "asc" },
  });
  const clusters = await prisma.cluster.findMany({
    where: { deletedAt: null },
    select: { id: true, name: true, labels: true, region: true, jurisdiction: true },
    orderBy: { id: "asc" },
  });
  return {
    roles,
    clusters: clusters.map(({ id, name, labels, region, jurisdiction }) => ({
      id,
      name,
      labels: { ...(region ? { region } : {}), ...(jurisdiction ? { jurisdiction } : {}), ...labelsOf(labels) },
    })),
  };
}

function bindingOf(row: BindingRow): StoredBinding {
  return {
    id: row.id,
    roleId: row.role_id,
    holder:
      row.person_id === null
        ? { kind: "group", providerId: row.provider_id ?? "", group: row.group_name ?? "" }
        : { kind: "person", personId: row.person_id },
    scope: readScope(row.scope),
  };
}

const nothing: StoredScope = { clusters: { kind: "ids", ids: [] }, namespaces: [], tiers: [] };

/** Reads a stored scope; what is not one reaches nothing. */
export function readScope(value: unknown): StoredScope {
  if (typeof value !== "object" || value === null) return nothing;
  const fields = value as Readonly<Record<string, unknown>>;
  const clusters = readClusters(fields["clusters"]);
  const [namespaces, tiers] = [readNames(fields["namespaces"]), readNames(fields["tiers"])];
  return clusters === undefined || namespaces === undefined || tiers === undefined
    ? nothing
    : { clusters, namespaces, tiers };
}

function readClusters(value: unknown): StoredScope["clusters"] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { kind, selector, ids } = value as Readonly<Record<string, unknown>>;
  if (kind === "all") return { kind };
  if (kind === "selector" && typeof selector === "string") return { kind, selector };
  const names = kind === "ids" ? readNames(ids) : undefined;
  return names === undefined || names === "all" ? undefined : { kind: "ids", ids: names };
}

function readNames(value: unknown): "all" | readonly string[] | undefined {
  if (value === "all") return value;
  if (!Array.isArray(value)) return undefined;
  const names = value.filter((each) => typeof each === "string");
  return names.length === value.length ? names : undefined;
}

/** Notes that an API token was used. */
export async function touchApiToken(
  tx: OrganisationTransaction,
  { id, at, ip }: { readonly id: string; readonly at: Date; readonly ip: string },
): Promise<void> {
  await prismaOf(tx).apiToken.updateMany({ where: { id, revokedAt: null }, data: { lastUsedAt: at, lastUsedIp: ip } });
}

/** A member by id; undefined for who is none or was shut out. */
export async function findActiveMember(
  tx: OrganisationTransaction,
  personId: string,
): Promise<{ readonly id: string; readonly displayName: string; readonly email: string } | undefined> {
  const row = await prismaOf(tx).membership.findFirst({
    where: { personId, disabledAt: null },
    select: { person: { select: { id: true, displayName: true, email: true } } },
  });
  return row?.person;
}
