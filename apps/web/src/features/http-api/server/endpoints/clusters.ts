import { z } from "zod";
import { agentOptions as options, grantTerms, shownGrant } from "./grant-fields";
import { endpoint, listOf, moment, pageOf, paging, type App, type Endpoint } from "../endpoint";

const labels = z.record(z.string(), z.string());
const clusterId = z.uuid();

const cluster = z
  .object({
    id: z.uuid(),
    name: z.string(),
    labels,
    status: z.string().describe("How the cluster stands, as “connected” or “waiting”."),
    readOnly: z.boolean().describe("True where Isthmus can write nothing."),
    joinedAt: moment.nullable().describe("When its first sync was whole."),
    createdAt: moment,
    agentVersion: z.string(),
  })
  .meta({ id: "Cluster" });

const shown = (found: Awaited<ReturnType<App["clusters"]["list"]>>["clusters"][number]) => ({
  ...found,
  status: found.status.kind,
});

const grant = z
  .object({
    id: z.uuid(),
    state: z.string().describe("“open”, “used”, “expired” or “revoked”."),
    createdAt: moment,
    expiresAt: moment,
    redemptionsAllowed: z.number().int(),
    redemptionsUsed: z.number().int(),
  })
  .meta({ id: "Grant" });

const madeGrant = z.object({ clusterId: z.uuid(), ...shownGrant }).meta({ id: "MadeGrant" });

const terms = grantTerms(10);

const tag = "Clusters";

/** Clusters and the grants by which their agents join. */
export const clusterEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/clusters",
    id: "listClusters",
    tag,
    summary: "Clusters within the token's reach",
    input: z.strictObject(paging),
    output: listOf(cluster),
    run: async (app, input) => pageOf((await app.clusters.list()).clusters.map(shown), input),
  }),
  endpoint({
    method: "POST",
    path: "/clusters",
    id: "connectCluster",
    tag,
    summary: "Name a cluster and make the grant by which its agent joins; 409 where the name is taken",
    input: z.strictObject({ name: z.string().max(100), labels: labels.default({}), options, grant: terms }),
    output: madeGrant,
    status: 201,
    run: (app, input) => app.clusters.connect(input),
  }),
  endpoint({
    method: "GET",
    path: "/clusters/{clusterId}",
    id: "getCluster",
    tag,
    summary: "One cluster",
    input: z.strictObject({ clusterId }),
    output: cluster,
    run: async (app, input) => shown((await app.clusters.get(input)).cluster),
  }),
  endpoint({
    method: "PUT",
    path: "/clusters/{clusterId}/labels",
    id: "setClusterLabels",
    tag,
    summary: "Replace all labels of a cluster",
    input: z.strictObject({ clusterId, labels }),
    output: cluster,
    run: async (app, { clusterId: id, labels: given }) => {
      await app.clusters.setLabels({ clusterId: id, labels: given });
      return shown((await app.clusters.get({ clusterId: id })).cluster);
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/clusters/{clusterId}",
    id: "deleteCluster",
    tag,
    summary: "Take a cluster out; what was written into it stays there",
    input: z.strictObject({ clusterId }),
    run: async (app, { clusterId: id }) => {
      const { name } = (await app.clusters.get({ clusterId: id })).cluster;
      await app.clusters.delete({ clusterId: id, confirmName: name });
    },
  }),
  endpoint({
    method: "GET",
    path: "/clusters/{clusterId}/grants",
    id: "listGrants",
    tag,
    summary: "Grants of a cluster; their secrets are known to nobody",
    input: z.strictObject({ clusterId, ...paging }),
    output: listOf(grant),
    run: async (app, { clusterId: id, ...page }) => {
      const { grants } = await app.clusters.get({ clusterId: id });
      const dated = grants.map((each) => ({
        ...each,
        createdAt: new Date(each.createdAt),
        expiresAt: new Date(each.expiresAt),
      }));
      return pageOf(dated, page);
    },
  }),
  endpoint({
    method: "POST",
    path: "/clusters/{clusterId}/grants",
    id: "makeGrant",
    tag,
    summary: "Make another grant for a cluster",
    input: z.strictObject({ clusterId, options, grant: terms }),
    output: madeGrant,
    status: 201,
    run: (app, input) => app.clusters.newGrant(input),
  }),
  endpoint({
    method: "DELETE",
    path: "/clusters/{clusterId}/grants",
    id: "revokeGrants",
    tag,
    summary: "Revoke the grants that can still be redeemed; a connected agent stays",
    input: z.strictObject({ clusterId }),
    output: z.object({ revoked: z.number().int() }),
    run: (app, input) => app.clusters.revokeGrants(input),
  }),
  endpoint({
    method: "POST",
    path: "/clusters/{clusterId}/revoke-agent",
    id: "revokeAgent",
    tag,
    summary: "Revoke every grant and credential of a cluster: its session ends at once",
    input: z.strictObject({ clusterId }),
    output: z.object({ grants: z.number().int(), credentials: z.number().int() }),
    run: (app, input) => app.clusters.revokeAgent(input),
  }),
];
