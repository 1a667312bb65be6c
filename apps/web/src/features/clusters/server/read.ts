import {
  findCluster,
  findInventoryObject,
  listCredentials,
  listGrants,
  listInventory,
  listPublications,
  listRefusedConnections,
  type GrantRecord,
  type InventoryKey,
} from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { grantState, refusalAdvice, type GrantFacts } from "../model/enrolment";
import { objectCells, objectTabSpecs } from "../model/objects";
import type { ObjectsInput } from "./inputs";
import { readSummaries } from "./summary";

/** What reading a cluster needs of a request. */
export type Reading = Pick<PersonContext, "organisation"> & Pick<RequestContext, "server">;

/** The error for a cluster that is not there, or is another organisation's: nobody learns which. */
export const noCluster = () =>
  new AppError("not-found", "There is no such cluster. It may have been removed; go back to the list.");

/** The list of clusters. */
export async function clusterList({ organisation, server }: Reading) {
  const now = server.clock.now();
  return { now, clusters: await organisation.transaction((tx) => readSummaries(tx, now)) };
}

/** A grant's row as the models read it. */
export const grantFacts = (grant: GrantRecord): GrantFacts => ({
  createdAt: grant.createdAt.getTime(),
  expiresAt: grant.expiresAt.getTime(),
  redemptionsAllowed: grant.redemptionsAllowed,
  redemptionsUsed: grant.redemptionsUsed,
  ...(grant.revokedAt ? { revokedAt: grant.revokedAt.getTime() } : {}),
});

const DAY_MS = 86_400_000;

/** One cluster with its grants, credentials and refused connections. */
export async function clusterDetail({ organisation, server }: Reading, clusterId: string) {
  const now = server.clock.now();
  return organisation.transaction(async (tx) => {
    const summaries = await readSummaries(tx, now);
    const summary = summaries.find((each) => each.id === clusterId);
    if (!summary) throw noCluster();
    const grants = await listGrants(tx, clusterId);
    const credentials = await listCredentials(tx, clusterId);
    const refusals = await listRefusedConnections(tx, { clusterId, since: new Date(now - 30 * DAY_MS), limit: 50 });
    const publications = await listPublications(tx, clusterId);
    const record = await findCluster(tx, clusterId);
    return {
      now,
      cluster: summary,
      kubeSystemUid: record?.kubeSystemUid ?? null,
      grants: grants.map((grant) => ({
        id: grant.id,
        ...grantFacts(grant),
        state: grantState(grantFacts(grant), now),
        options: {
          ...grant.options,
          sealedManifest: undefined,
          linkUnused: grant.options.sealedManifest !== undefined,
        },
      })),
      credentials: credentials.map(({ id, kubeSystemUid, issuedAt, expiresAt, revokedAt }) => ({
        id,
        kubeSystemUid,
        issuedAt,
        expiresAt,
        revokedAt,
      })),
      refusals: refusals.map((refusal) => ({
        ...refusal,
        id: refusal.id.toString(),
        advice: refusalAdvice({ at: refusal.at.getTime(), code: refusal.code, message: refusal.message }),
      })),
      publications: {
        from: publications.filter((each) => each.sourceClusterId === clusterId).length,
        into: publications.filter((each) => each.targetClusterId === clusterId).length,
      },
    };
  });
}

/** One page of a list of objects on a cluster's page. */
export async function clusterObjects({ organisation }: Reading, input: ObjectsInput) {
  const spec = objectTabSpecs[input.tab];
  return organisation.transaction(async (tx) => {
    if (!(await findCluster(tx, input.clusterId))) throw noCluster();
    const rows = await listInventory(tx, {
      clusterId: input.clusterId,
      kinds: spec.kinds,
      unownedOnly: spec.unownedOnly,
      limit: input.limit + 1,
      ...(input.text === undefined ? {} : { text: input.text }),
      ...(input.cursor ? { after: input.cursor } : {}),
    });
    const page = rows.slice(0, input.limit);
    const last = page.at(-1);
    return {
      objects: page.map(({ apiVersion, kind, namespace, name, updatedAt, body }) => ({
        apiVersion,
        kind,
        namespace,
        name,
        updatedAt,
        ...objectCells(input.tab, kind, body),
      })),
      nextCursor:
        rows.length > input.limit && last ? { namespace: last.namespace, name: last.name, kind: last.kind } : null,
    };
  });
}

/** One object as its cluster reported it. */
export async function clusterObject({ organisation }: Reading, key: InventoryKey & { readonly clusterId: string }) {
  const found = await organisation.transaction((tx) => findInventoryObject(tx, key));
  if (!found)
    throw new AppError("not-found", "The cluster has no such object now. It may have been removed a moment ago.");
  return found;
}
