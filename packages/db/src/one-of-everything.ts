import { randomUUID } from "node:crypto";
import type { Client } from "pg";

/** Ids of what insertOneOfEverything made. */
export interface Ids {
  readonly person: string;
  readonly cluster: string;
  readonly other: string;
  readonly policy: string;
  readonly revision: string;
  readonly session: string;
  readonly provider: string;
  /** A grant for a fleet, and a redemption of it that waits. */
  readonly grant: string;
  readonly redemption: string;
}

/** Puts at least one row into every table that belongs to an organisation, in the transaction that is open. */
export async function insertOneOfEverything(client: Client, organisation: string): Promise<Ids> {
  const ids: Ids = {
    person: randomUUID(),
    cluster: randomUUID(),
    other: randomUUID(),
    policy: randomUUID(),
    revision: randomUUID(),
    session: randomUUID(),
    provider: randomUUID(),
    grant: randomUUID(),
    redemption: randomUUID(),
  };
  const { person } = ids;
  await client.query("select add_member($1, $2, 'Pat', 'a hash', false, 'owner')", [person, `${person}@example.org`]);
  for (const statement of [...rowsOfTheMesh(ids), ...rowsOfEnrolment(ids), ...rowsOfAccess(ids)])
    await client.query(`insert into ${statement}`, [organisation]);
  return ids;
}

function rowsOfTheMesh({ person, cluster, other, policy, revision, session }: Ids): readonly string[] {
  const tier = randomUUID();
  const ref = "'projectcalico.org/v3', 'GlobalNetworkSet', '', 'x'";
  return [
    `sign_in_session (id, organisation_id, person_id, token_hash, expires_at)
       values ('${session}', $1, '${person}', sha256('${session}'), '2100-01-01')`,
    `cluster (id, organisation_id, name, ordinal)
       values ('${cluster}', $1, 'eu-west', 0), ('${other}', $1, 'us-east', 1)`,
    `cluster_session (cluster_id, organisation_id, session_id, gateway_id, connected_at, last_heard_at, lease_term)
       values ('${cluster}', $1, '${session}', 'g', now(), now(), 1)`,
    `cluster_examination (cluster_id, organisation_id, asked, asked_at, examined_at, findings)
       values ('${cluster}', $1, 1, now(), now(), '[{"id":"calico.version","state":"ok"}]')`,
    `evidence_insert (id, organisation_id, gateway_id, deadline, entries)
       values ('${session}', $1, 'g', now(), '[{"clusterId":"${cluster}"}]')`,
    `evidence_ledger (cluster_id, organisation_id, open_insert) values ('${cluster}', $1, '${session}')`,
    `evidence_progress (cluster_id, organisation_id, incarnation, stored, through)
       values ('${cluster}', $1, 'goldmane/0', '[[0,15]]', 15)`,
    `inventory_object (organisation_id, cluster_id, api_version, kind, namespace, name, uid, content_hash, chunk, body)
       values ($1, '${cluster}', ${ref}, 'u', 'h', 3, '{}'),
         ($1, '${cluster}', 'v1', 'Pod', 'boutique', 'cart-1', 'u2', 'h', 4, '{"status":{"podIP":"10.0.0.1"}}')`,
    `identity_publication (id, organisation_id, source_cluster_id, namespace, target_cluster_id, approved_by)
       values (gen_random_uuid(), $1, '${cluster}', 'boutique', '${other}', '${person}')`,
    `tier (id, organisation_id, name, "order") values ('${tier}', $1, 'security', 100)`,
    `policy (id, organisation_id, tier_id, name) values ('${policy}', $1, '${tier}', 'deny')`,
    `policy_revision (id, organisation_id, policy_id, number, manifest_yaml, manifest, digest, placement_selector)
       values ('${revision}', $1, '${policy}', 1, 'a: 1', '{"a":1}', 'd', 'all()')`,
    `policy_application (organisation_id, policy_id, revision_id, action, approved_by, cluster_ids)
       values ($1, '${policy}', '${revision}', 'apply', '${person}', array['${cluster}']::uuid[])`,
    `desired_state (cluster_id, organisation_id, revision, digest) values ('${cluster}', $1, 1, 'd')`,
    `desired_resource (organisation_id, cluster_id, api_version, kind, namespace, name, hash, body, position, revision,
       origin) values ($1, '${cluster}', ${ref}, 'h', '{}', 0, 1, '{"kind":"policy","policyId":"${policy}"}')`,
    `resource_status
       (organisation_id, cluster_id, api_version, kind, namespace, name, hash, state, observed_at, revision)
       values ($1, '${cluster}', ${ref}, 'h', 'applied', now(), 1)`,
    `published_set
       (organisation_id, target_cluster_id, name, source_cluster_id, namespace, workload_kind, workload_name)
       values ($1, '${cluster}', 'isthmus-0123456789-0', '${other}', 'boutique', 'Deployment', 'payment')`,
    `topology_edge (id, organisation_id, source_cluster_id, source_kind, source_namespace, source_name, dest_kind,
       dest_namespace, dest_name, protocol, port, first_seen, last_seen)
       values (gen_random_uuid(), $1, '${cluster}', 'Deployment', 'boutique', 'cart', 'network', '', 'pub', 'tcp', 443,
         now(), now())`,
    `cluster_probe (cluster_id, organisation_id, enabled) values ('${cluster}', $1, true)`,
    `probe_result (organisation_id, source_cluster_id, target_cluster_id, at, outcome)
       values ($1, '${cluster}', '${other}', now(), 'answered')`,
    `cure_approval (id, organisation_id, cluster_id, about_cluster_id, kind, name, manifest, approved_by)
       values (gen_random_uuid(), $1, '${cluster}', '${other}', 'IPPool', 'remote', '{}', '${person}')`,
    `job_cursor (organisation_id, job, through) values ($1, 'topology', now())`,
  ];
}

function rowsOfEnrolment({ cluster, other, grant, redemption }: Ids): readonly string[] {
  return [
    `enrolment_grant (id, organisation_id, cluster_id, secret_hash, expires_at)
       values (gen_random_uuid(), $1, '${cluster}', 'x', now())`,
    `enrolment_grant (id, organisation_id, name_prefix, labels, secret_hash, expires_at)
       values ('${grant}', $1, 'edge', '{"env":"edge"}', 'x', now())`,
    `enrolment_redemption (id, organisation_id, grant_id, cluster_uid, public_key, state)
       values ('${redemption}', $1, '${grant}', 'u', 'x', 'waiting')`,
    `agent_credential (id, organisation_id, cluster_id, public_key, kube_system_uid, expires_at, revoked_at)
       values (gen_random_uuid(), $1, '${cluster}', 'x', 'u', now(), null),
         (gen_random_uuid(), $1, '${other}', 'x', 'u', now(), now())`,
    `refused_connection (organisation_id, cluster_id, code, message) values ($1, '${cluster}', 'c', 'm')`,
  ];
}

function rowsOfAccess({ person, session, provider }: Ids): readonly string[] {
  return [
    `audit_entry (organisation_id, actor_kind, action) values ($1, 'system', 'test')`,
    `audit_head (organisation_id, seq, hash) values ($1, 1, 'h')`,
    `identity_provider (id, organisation_id, name, issuer, client_id)
       values ('${provider}', $1, 'Company', 'https://id.example.org', 'isthmus')`,
    `person_identity (provider_id, subject, organisation_id, person_id) values ('${provider}', 's', $1, '${person}')`,
    `person_group (organisation_id, person_id, provider_id, group_name) values ($1, '${person}', '${provider}', 'sre')`,
    `person_totp (person_id, secret_sealed) select '${person}', 'x' where $1::uuid is not null`,
    `recovery_code (person_id, code_hash) select '${person}', 'x' where $1::uuid is not null`,
    `role (id, organisation_id, name, permissions) values (gen_random_uuid(), $1, 'Reader', array['clusters.read'])`,
    `invitation (id, organisation_id, email, role_id, scope, secret_hash, expires_at)
       values (gen_random_uuid(), $1, 'new@example.org', 'viewer', everywhere(), sha256('${session}'), now())`,
    `api_token (id, organisation_id, person_id, name, secret_hash, role_id, scope, expires_at)
       values (gen_random_uuid(), $1, '${person}', 'ci', sha256('${session}'), 'viewer', everywhere(), now())`,
    `setting (organisation_id, key, value) values ($1, 'k', '1'), ($1, 'evidence-retention', '{"flows": 3}'),
      ($1, 'evidence-swept', '{"flows": 86400000}')`,
  ];
}
