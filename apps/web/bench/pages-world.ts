import { randomUUID } from "node:crypto";
import { compileAccess } from "@isthmus/access";
import {
  createBinding,
  createCluster,
  createCustomRole,
  createTier,
  readAccessSource,
  upsertInventory,
} from "@isthmus/db";
import { oneOf } from "@isthmus/flow-filter";
import { createFlowStore, migrateFlowStore, type FlowRow, type FlowStore } from "@isthmus/flow-store";
import { startTestFlowStore, storeFlows } from "@isthmus/flow-store/testing";
import { Client } from "pg";
import type { Server } from "../src/server/server";
import { startTestWeb, type TestMember, type TestWeb } from "../test/people";
import type { Named } from "./pages";

const clusterCount = 30;
const namespaceCount = 20;
const tierCount = 40;
const policyCount = 2_000;
const bindingCount = 500;
const flowCount = 200_000;
const minutes = 20;
const buckets = 10; // large ones, since each is an insert

/** A filled organisation, its owner and two people with 500 bindings each. */
export interface PagesWorld {
  readonly server: Server;
  readonly owner: TestMember;
  readonly limited: Readonly<Record<string, TestMember>>;
  readonly named: Named;
  stop(): Promise<void>;
}

const namespaceOf = (index: number) => `ns-${index % namespaceCount}`;
const tierOf = (index: number) => `tier-${index % tierCount}`;
const yamlOf = (index: number) => `apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata:
  name: ${tierOf(index)}.policy-${index}
  namespace: ${namespaceOf(index)}
spec:
  tier: ${tierOf(index)}
  selector: app == "w${index % 50}"
  types: [Ingress]
  ingress:
    - action: Allow
`;

/** Fills Postgres and the ClickHouse engine. */
export async function startPagesWorld(): Promise<PagesWorld> {
  const [web, clickhouse] = await Promise.all([startTestWeb(), startTestFlowStore()]);
  await migrateFlowStore(clickhouse.connection, { deployment: "embedded" });
  const flows = createFlowStore(clickhouse.connection);
  web.clock.advance(Date.now() - web.clock.now());
  const { as, headers, id: organisationId, personId } = await web.organisation("acme");
  const owner: TestMember = { as, headers, personId, email: "" };
  const clusterIds = await makeMesh(web, organisationId, personId);
  const made = { organisationId, clusterIds, createdBy: personId };
  const inPostgres = async () => ({
    policyId: await makePolicies(web, { organisationId, personId, clusterIds }),
    limited: {
      "500 bindings for all there is": await makePerson(web, { ...made, all: true }),
      "500 bindings as they fall": await makePerson(web, { ...made, all: false }),
    },
  });
  const [{ policyId, limited }] = await Promise.all([inPostgres(), makeFlows(flows, organisationId, clusterIds)]);
  const flowId = await findFlow(web, flows, {
    organisationId,
    personIds: Object.values(limited).map((each) => each.personId),
  });
  return {
    server: { ...web.server, flows },
    owner,
    limited,
    named: { clusterId: clusterIds[0] ?? "", policyId, flowId, yaml: yamlOf(0) },
    stop: async () => {
      await flows.close();
      await Promise.all([web.stop(), clickhouse.stop()]);
    },
  };
}

interface Seeing {
  readonly organisationId: string;
  readonly personIds: readonly string[];
}

/** An allowed flow of which all of these people see both ends: of it the most is asked, since either end can have a report. */
async function findFlow(web: TestWeb, flows: FlowStore, { organisationId, personIds }: Seeing): Promise<string> {
  const seen = await Promise.all(
    personIds.map(async (personId) => {
      const organisation = web.database.forOrganisation(organisationId);
      const access = compileAccess(await organisation.transaction((tx) => readAccessSource(tx, { personId })));
      const range = { fromMs: Date.now() - 3_600_000, toMs: Date.now() };
      const scope = { organisationId, places: access.places("flows.read") };
      const page = await flows.flowPage(scope, { range, limit: 1_000, filter: { where: oneOf("action", ["allow"]) } });
      return new Set(page.flows.flatMap(({ id, source, dest }) => (source.clusterId && dest.clusterId ? [id] : [])));
    }),
  );
  const id = [...(seen[0] ?? [])].find((each) => seen.every((ids) => ids.has(each)));
  if (id === undefined) throw new Error("no flow is seen by all");
  return id;
}

async function makeMesh(web: TestWeb, organisationId: string, personId: string): Promise<readonly string[]> {
  const organisation = web.database.forOrganisation(organisationId);
  const at = new Date(web.clock.now() - minutes * 60_000);
  const ids = Array.from({ length: clusterCount }, () => randomUUID());
  for (const [index, id] of ids.entries()) {
    await organisation.transaction(async (tx) => {
      const labels = { env: `e${index % 3}`, team: `t${index % 5}`, region: `r${index % 4}` };
      await createCluster(tx, { id, name: `cluster-${index}`, labels, createdBy: personId, at });
      await upsertInventory(tx, { clusterId: id, at, objects: inventory() });
    });
  }
  await organisation.transaction(async (tx) => {
    for (let index = 0; index < tierCount; index++) {
      const tier = { id: randomUUID(), name: tierOf(index), order: 100 + index };
      await createTier(tx, { ...tier, defaultAction: "Deny", description: "", createdBy: personId, at });
    }
  });
  return ids;
}

function inventory() {
  const namespaces = Array.from({ length: namespaceCount }, (_, index) => namespaceOf(index));
  const object = (apiVersion: string, kind: string, [namespace, name, app]: readonly [string, string, string]) => {
    const labels = { app };
    const metadata = { name, labels, ...(namespace === "" ? {} : { namespace }) };
    const body = JSON.stringify({ apiVersion, kind, metadata, spec: { replicas: 2 } });
    const ref = { apiVersion, kind, namespace, name };
    return { ref, uid: randomUUID(), hash: Buffer.alloc(32, name), chunk: name.length, body, labels };
  };
  return [
    ...namespaces.map((name) => object("v1", "Namespace", ["", name, name])),
    ...namespaces.flatMap((namespace) =>
      Array.from({ length: 5 }, (_, index) => object("apps/v1", "Deployment", [namespace, `w${index}`, `w${index}`])),
    ),
  ];
}

interface Where {
  readonly organisationId: string;
  readonly personId: string;
  readonly clusterIds: readonly string[];
}

/** Applied policies, each of a namespace and on three clusters; returns the id of one of the first cluster. */
async function makePolicies(web: TestWeb, { organisationId, personId, clusterIds }: Where): Promise<string> {
  const client = new Client({ connectionString: web.ownerUrl });
  await client.connect();
  await client.query("begin");
  await client.query("select set_config('isthmus.organisation', $1, true)", [organisationId]);
  const { rows } = await client.query<{ id: string; name: string }>("select id, name from tier");
  const tiers = new Map(rows.map(({ id, name }) => [name, id]));
  const policies = Array.from({ length: policyCount }, (_, index) => ({
    id: randomUUID(),
    revision: randomUUID(),
    tier: tiers.get(tierOf(index)),
    namespace: namespaceOf(index),
    name: `${tierOf(index)}.policy-${index}`,
    yaml: yamlOf(index),
    manifest: manifestOf(index),
    clusters: [0, 7, 13].map((step) => clusterIds[(index + step) % clusterCount]),
  }));
  const set = [organisationId, personId, JSON.stringify(policies)];
  const from = `from jsonb_to_recordset($3::jsonb) as p(id uuid, revision uuid, tier uuid, namespace text, name text,
    yaml text, manifest jsonb, clusters uuid[])`;
  await client.query(
    `insert into policy (id, organisation_id, tier_id, kind, namespace, name, created_by)
     select id, $1::uuid, tier, 'NetworkPolicy', namespace, name, $2::uuid ${from}`,
    set,
  );
  await client.query(
    `insert into policy_revision (id, organisation_id, policy_id, number, manifest_yaml, manifest, digest,
       placement_selector, cluster_ids, created_by)
     select revision, $1::uuid, id, 1, yaml, manifest, repeat('0', 64), 'all()', clusters, $2::uuid ${from}`,
    set,
  );
  await client.query(
    `insert into policy_application (organisation_id, policy_id, revision_id, action, approved_by, cluster_ids)
     select $1::uuid, id, revision, 'apply', $2::uuid, clusters ${from}`,
    set,
  );
  await wantPolicies(client, { set, from });
  await client.query("commit");
  await client.query("analyze");
  await client.end();
  return policies[0]?.id ?? "";
}

/** What the compiler and the agents make of the policies: an object for each in its clusters, applied. */
async function wantPolicies(client: Client, { set, from }: { readonly set: readonly string[]; readonly from: string }) {
  const object = `'projectcalico.org/v3', 'NetworkPolicy', namespace, name, decode(repeat('ab', 32), 'hex')`;
  const placed = `${from} join policy_application a on a.policy_id = p.id and a.approved_by = $2::uuid
    cross join unnest(clusters) cluster`;
  await client.query(
    `insert into desired_resource
       (organisation_id, cluster_id, api_version, kind, namespace, name, hash, body, position, origin, revision)
     select $1::uuid, cluster, ${object}, manifest, 1,
       jsonb_build_object('kind', 'policy', 'policyId', p.id, 'revisionId', revision, 'applicationId', a.id::text), 1
     ${placed}`,
    [...set],
  );
  await client.query(
    `insert into resource_status
       (organisation_id, cluster_id, api_version, kind, namespace, name, hash, state, observed_at, revision)
     select $1::uuid, cluster, ${object}, 'applied', now(), 1 ${placed}`,
    [...set],
  );
  await client.query(
    `insert into desired_state (organisation_id, cluster_id, revision, digest, problems)
     select organisation_id, id, 1, 'd', '[]' from cluster where organisation_id = $1::uuid`,
    set.slice(0, 1),
  );
}

function manifestOf(index: number) {
  const metadata = { name: `${tierOf(index)}.policy-${index}`, namespace: namespaceOf(index) };
  const spec = {
    tier: tierOf(index),
    selector: `app == "w${index % 50}"`,
    types: ["Ingress"],
    ingress: [{ action: "Allow" }],
  };
  return { apiVersion: "projectcalico.org/v3", kind: "NetworkPolicy", metadata, spec };
}

/** Flows of the last minutes, in every place, one in five to another cluster. */
async function makeFlows(flows: FlowStore, organisationId: string, clusterIds: readonly string[]): Promise<void> {
  const perBatch = Math.ceil(flowCount / buckets / clusterCount);
  const lastBucket = Math.floor((Date.now() - 60_000) / 15_000) * 15;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const bucketStart = lastBucket - (minutes / buckets) * 60 * (buckets - 1 - bucket);
    await Promise.all(
      clusterIds.map((clusterId, cluster) => {
        const identity = { organisationId, clusterId, incarnation: "goldmane/0", bucketStart, part: 0, parts: 1 };
        const rows = Array.from({ length: perBatch }, (_, row) =>
          flowOf({ clusterId, otherId: clusterIds[(cluster + 1) % clusterCount] ?? "", seed: bucket * perBatch + row }),
        );
        return storeFlows(flows, { identity: { ...identity, correction: 0 }, rows, receivedAtMs: Date.now() });
      }),
    );
  }
}

function flowOf({ clusterId, otherId, seed }: { clusterId: string; otherId: string; seed: number }): FlowRow {
  const end = (at: string, index: number) => ({
    clusterId: at,
    namespace: namespaceOf(index),
    workloadKind: "Deployment",
    workloadName: `w${index % 5}`,
    name: `w${index % 5}-*`,
    type: "workload" as const,
    labels: [`app=w${index % 5}`],
    resolution: "local" as const,
  });
  const away = seed % 5 === 0;
  const [source, dest] = [end(clusterId, seed), end(away ? otherId : clusterId, seed * 3 + 1)];
  const bySource = away || seed % 2 === 0;
  const hit = {
    kind: "CalicoNetworkPolicy" as const,
    tier: tierOf(seed),
    namespace: bySource ? source.namespace : dest.namespace,
    name: `${tierOf(seed)}.policy-${seed % policyCount}`,
    action: seed % 10 === 0 ? ("deny" as const) : ("allow" as const),
    policyIndex: 0,
    ruleIndex: 0,
    trigger: null,
  };
  return {
    keyHash: BigInt(seed),
    source,
    dest,
    destPort: 8_000 + (seed % 5),
    protocol: "tcp",
    service: { namespace: dest.namespace, name: `svc-${dest.workloadName}`, portName: "http", port: 80 },
    reporter: bySource ? "source" : "destination",
    action: hit.action,
    enforcedTrace: [hit],
    pendingTrace: [],
    packetsIn: 1,
    packetsOut: 2,
    bytesIn: 300 + (seed % 97),
    bytesOut: 400 + (seed % 89),
    connectionsStarted: 1,
    connectionsCompleted: 1,
    connectionsLive: 0,
  };
}

interface Person {
  readonly organisationId: string;
  readonly clusterIds: readonly string[];
  readonly createdBy: string;
  readonly all: boolean;
}

/** A person with one binding for what is the organisation's, and all others of a few clusters, namespaces and tiers. */
async function makePerson(web: TestWeb, { organisationId, clusterIds, createdBy, all }: Person): Promise<TestMember> {
  const member = await web.member(organisationId, all ? "everywhere" : "here and there", null);
  const holder = { kind: "person", personId: member.personId } as const;
  const roleId = randomUUID();
  await web.database.forOrganisation(organisationId).transaction(async (tx) => {
    const at = new Date(web.clock.now());
    const permissions = ["members.read", "roles.read", "providers.read", "audit.read", "tokens.create"] as const;
    await createCustomRole(tx, {
      id: roleId,
      name: `Directory ${roleId}`,
      description: "",
      permissions,
      createdBy,
      at,
    });
    const everywhere = { clusters: { kind: "all" }, namespaces: "all", tiers: "all" } as const;
    await createBinding(tx, { id: randomUUID(), roleId, holder, scope: everywhere, createdBy: null, at });
    for (let index = 1; index < bindingCount; index++) {
      const scope = all ? scopeOfAll(index, clusterIds) : scopeAsItFalls(index, clusterIds);
      const role = index % 3 === 0 ? "tier-editor" : "viewer";
      await createBinding(tx, { id: randomUUID(), roleId: role, holder, scope, createdBy: null, at });
    }
  });
  return member;
}

/** Two namespaces of one cluster; together all of them. */
function scopeOfAll(index: number, clusterIds: readonly string[]) {
  const at = 2 * Math.floor(index / clusterCount);
  return {
    clusters: { kind: "ids" as const, ids: [clusterIds[index % clusterCount] ?? ""] },
    namespaces: [namespaceOf(at), namespaceOf(at + 1)],
    tiers: "all" as const,
  };
}

/** Some clusters by their labels or ids, some namespaces, some tiers. */
function scopeAsItFalls(index: number, clusterIds: readonly string[]) {
  const few = (of: (index: number) => string) => [...new Set([index, index * 7 + 3, index * 13 + 5].map(of))];
  const ids = few((each) => clusterIds[each % clusterCount] ?? "");
  const selector = `env == 'e${index % 3}' && team == 't${index % 5}'`;
  return {
    clusters: index % 4 === 0 ? { kind: "selector" as const, selector } : { kind: "ids" as const, ids },
    namespaces: few((each) => `ns-${each % (2 * namespaceCount)}`),
    tiers: index % 2 === 0 ? ("all" as const) : few(tierOf),
  };
}
