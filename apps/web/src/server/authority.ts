import { createHash } from "node:crypto";
import {
  builtInRoles,
  compileAccess,
  permissions,
  permissionSpecs,
  widens,
  type Access,
  type Ceiling,
} from "@isthmus/access";
import {
  findActiveMember,
  readAccessSource,
  type Database,
  type OrganisationTransaction,
  type Reach,
  type StoredBinding,
} from "@isthmus/db";
import type { Identity } from "./identity";
import { reachOf } from "./reach";

/** What an identity may do and see. */
export interface Authority {
  readonly access: Access;
  /** What reads are narrowed to; undefined where nothing is limited. */
  readonly reach: Reach | undefined;
  /** What it was compiled from: what the person holds, themselves and by groups. */
  readonly bindings: readonly StoredBinding[];
  /** Names of the roles that the person holds, here or there. */
  readonly roles: readonly string[];
  /** Equal where all that may be read, and every permission that is held, is equal. */
  readonly fingerprint: () => string;
  /** Set while the person looks through another member's eyes; then nothing can be changed. */
  readonly viewingAs: { readonly id: string; readonly displayName: string } | undefined;
}

/** Reads what identities may do, each once for every change of anything that it follows from. */
export interface Authorities {
  /** The database is named by whoever asks: each bundle of the process has its own client. */
  readonly of: (database: Database, identity: Identity) => Promise<Authority>;
}

// An authority is some kilobytes; with more people at once than this, those who were away longest are read again.
const kept = 1_000;

/** Makes the reader. What it keeps is worth something for as long as the organisation's revision stays. */
export function createAuthorities(): Authorities {
  const known = new Map<string, { readonly revision: bigint; readonly authority: Promise<Authority> }>();
  return {
    of: (database, identity) => {
      const { organisationId, accessRevision: revision, person, token, viewAs } = identity;
      const key = `${organisationId}/${person.id}/${token?.id ?? ""}/${viewAs ?? ""}`;
      const found = known.get(key);
      known.delete(key);
      const current = found?.revision === revision ? found : { revision, authority: readAuthority(database, identity) };
      known.set(key, current);
      const [oldest] = known.keys();
      if (known.size > kept && oldest !== undefined) known.delete(oldest);
      current.authority.catch(() => known.get(key) === current && known.delete(key));
      return current.authority;
    },
  };
}

/** What the identity may do once a cluster has other labels. */
export async function accessRelabelled(
  tx: OrganisationTransaction,
  { person, token }: Identity,
  cluster: { readonly id: string; readonly labels: Readonly<Record<string, string>> },
): Promise<Access> {
  const source = await readAccessSource(tx, { personId: person.id });
  const clusters = source.clusters.map((each) => (each.id === cluster.id ? { ...each, labels: cluster.labels } : each));
  return compileAccess({ ...source, clusters, ...(token === undefined ? {} : { ceiling: token.ceiling }) });
}

function readAuthority(database: Database, identity: Identity): Promise<Authority> {
  return database.forOrganisation(identity.organisationId).transaction(async (tx) => {
    const own = await authorityOf(tx, identity.person.id, { ceiling: identity.token?.ceiling });
    if (identity.viewAs === null || !own.access.may("organisation.view-as")) return own;
    const member = await findActiveMember(tx, identity.viewAs);
    if (member === undefined) return own;
    const theirs = await authorityOf(tx, member.id, { readOnly: true });
    // They may have been given more since: nobody sees through others' eyes what they may not see themselves.
    if (widens(own.access, theirs.access).length > 0) return own;
    return { ...theirs, viewingAs: { id: member.id, displayName: member.displayName } };
  });
}

interface Limits {
  readonly ceiling?: Ceiling | undefined;
  readonly readOnly?: boolean;
}

async function authorityOf(
  tx: OrganisationTransaction,
  personId: string,
  { ceiling, readOnly }: Limits,
): Promise<Authority> {
  const source = await readAccessSource(tx, { personId });
  const access = compileAccess({
    ...source,
    ...(ceiling === undefined ? {} : { ceiling }),
    ...(readOnly === undefined ? {} : { readOnly }),
  });
  let fingerprint: string | undefined;
  const names = new Map([...source.roles, ...builtInRoles].map(({ id, name }) => [id, name]));
  const held = ceiling === undefined ? source.bindings.map(({ roleId }) => roleId) : [ceiling.roleId];
  return {
    access,
    reach: reachOf(access),
    bindings: source.bindings,
    roles: [...new Set(held.flatMap((id) => names.get(id) ?? []))].sort(),
    fingerprint: () => (fingerprint ??= fingerprintOf(access)),
    viewingAs: undefined,
  };
}

/** All permissions that are held, and exactly where for those that read. */
function fingerprintOf(access: Access): string {
  const held = permissions.filter((permission) => access.may(permission));
  const reads = held.filter((permission) => permissionSpecs[permission].verb === "read");
  const boxes = reads.map((permission) => access.boxes(permission));
  const text = JSON.stringify([held, boxes], (_, value: unknown) =>
    value instanceof Set ? [...value].map(String).sort() : value,
  );
  return createHash("sha256").update(text).digest("base64url");
}
