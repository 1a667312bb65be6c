import { prismaOf, publish, type OrganisationTransaction } from "../transaction";
import type { InventoryRef } from "./inventory";

/**
 * What an agent says of an object that its cluster should hold or should no longer hold; `unknown` where it says what this
 * version does not know.
 */
export type ResourceStateName =
  "pending" | "applied" | "failed" | "drifted" | "removed" | "not-ours" | "read-only" | "unknown";

/** One result of an apply, as an agent reported it. */
export interface ResourceResultUpdate {
  readonly ref: InventoryRef;
  /** The desired hash that it speaks of. */
  readonly hash: Uint8Array;
  readonly state: ResourceStateName;
  /** The API server's own words where it refused. */
  readonly message: string;
  /** As the API server gave it; empty: not known, what is on record stays. */
  readonly uid: string;
  readonly resourceVersion: string;
  readonly observedAt: Date;
}

/** A report of an agent about a revision. */
export interface ApplyReportUpdate {
  readonly clusterId: string;
  readonly revision: bigint;
  readonly results: readonly ResourceResultUpdate[];
}

/**
 * Stores an apply report. The UID on record stays until another comes or the object is gone: it is the precondition of
 * later writes. An object that was withdrawn and is gone is forgotten.
 */
export async function storeApplyReport(tx: OrganisationTransaction, report: ApplyReportUpdate): Promise<void> {
  const { clusterId, revision } = report;
  const rows = JSON.stringify(
    report.results.map((result) => ({
      ...result.ref,
      hash: Buffer.from(result.hash).toString("hex"),
      state: result.state,
      message: result.message,
      uid: result.uid,
      resourceVersion: result.resourceVersion,
      observedAt: result.observedAt.toISOString(),
    })),
  );
  await prismaOf(tx).$executeRaw`
    insert into resource_status as s (organisation_id, cluster_id, api_version, kind, namespace, name, hash, state,
      message, uid, resource_version, observed_at, revision)
    select ${tx.organisationId}::uuid, ${clusterId}::uuid, r->>'apiVersion', r->>'kind', r->>'namespace', r->>'name',
      decode(r->>'hash', 'hex'), r->>'state', r->>'message', case r->>'state' when 'removed' then '' else r->>'uid' end,
      r->>'resourceVersion', (r->>'observedAt')::timestamptz, ${revision}
    from jsonb_array_elements(${rows}::jsonb) as r
    on conflict (cluster_id, api_version, kind, namespace, name) do update set hash = excluded.hash,
      state = excluded.state, message = excluded.message, resource_version = excluded.resource_version,
      observed_at = excluded.observed_at, revision = excluded.revision,
      uid = case when excluded.state = 'removed' then '' when excluded.uid = '' then s.uid else excluded.uid end`;
  await forgetInventory(tx, clusterId, rows);
  await forgetRemoved(tx, clusterId, revision);
  await publish(tx, { topic: "status", id: clusterId });
}

/** What the agent says is gone is gone from the inventory too: else it would pass for somebody else's until its own word. */
async function forgetInventory(tx: OrganisationTransaction, clusterId: string, rows: string): Promise<void> {
  await prismaOf(tx).$executeRaw`
    delete from inventory_object o using jsonb_array_elements(${rows}::jsonb) as r
    where o.cluster_id = ${clusterId}::uuid and r->>'state' = 'removed' and o.api_version = r->>'apiVersion'
      and o.kind = r->>'kind' and o.namespace = r->>'namespace' and o.name = r->>'name'
      and o.uid = r->>'uid'`;
}

async function forgetRemoved(tx: OrganisationTransaction, clusterId: string, revision: bigint): Promise<void> {
  await prismaOf(tx).$executeRaw`
    with gone as (
      delete from desired_resource d using resource_status s
      where d.cluster_id = ${clusterId}::uuid and d.withdrawn and s.cluster_id = d.cluster_id and s.state = 'removed'
        and s.revision = ${revision} and s.revision >= d.revision
        and s.api_version = d.api_version and s.kind = d.kind and s.namespace = d.namespace and s.name = d.name
      returning d.api_version, d.kind, d.namespace, d.name)
    delete from resource_status s using gone g
    where s.cluster_id = ${clusterId}::uuid and s.api_version = g.api_version and s.kind = g.kind
      and s.namespace = g.namespace and s.name = g.name`;
}
