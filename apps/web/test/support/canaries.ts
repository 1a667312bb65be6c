import { Client } from "pg";
import type { FlowEnd, FlowRow, FlowStore, PolicyHit } from "@isthmus/flow-store";
import { storeFlows } from "@isthmus/flow-store/testing";

/** Columns whose texts are codes of the product and not an organisation's own words; every other one gets a canary. */
const codes: ReadonlySet<string> = new Set([
  "api_token.role_id",
  "audit_entry.actor_kind",
  "audit_entry.hash",
  "audit_entry.prev_hash",
  "audit_head.hash",
  "enrolment_redemption.reason",
  "enrolment_redemption.state",
  "identity_provider.join_rule",
  "identity_provider.origin",
  "invitation.role_id",
  "membership.joined_by",
  "organisation.kind",
  "policy.kind",
  "policy_application.action",
  "resource_status.state",
  "role_binding.origin",
  "role_binding.role_id",
  "role_binding.scope",
  "sign_in_session.proof",
  "tier.default_action",
]);

/** How a canary is put into a column that is no plain text. */
const written: Readonly<Record<string, string>> = {
  _text: "array[$2]",
  jsonb: `case jsonb_typeof(%)
    when 'array' then jsonb_build_array(jsonb_build_object('code', 'identity-collision', 'message', $2::text))
    when 'object' then % || jsonb_build_object('canary', $2::text)
    else to_jsonb($2::text) end`,
};
const special: Readonly<Record<string, string>> = {
  "api_token.scope": `jsonb_set(%, '{namespaces}', jsonb_build_array($2::text))`,
  "invitation.scope": `jsonb_set(%, '{namespaces}', jsonb_build_array($2::text))`,
  "audit_entry.detail": "jsonb_build_object('note', $2::text)",
  "policy_revision.placement_selector": "format('has(%s)', $2::text)",
};

interface Column {
  readonly owner: string;
  readonly name: string;
  readonly type: string;
}

/** What an organisation owns, as texts of which no byte may come to another one. */
export interface Canaries {
  /** A text for each column that it owns, by `table.column`. */
  readonly texts: ReadonlyMap<string, string>;
  /** Ids, and hashes as they would be printed. */
  readonly values: readonly string[];
}

const rowsOf = (table: string): string =>
  table === "organisation"
    ? "id = $1"
    : ["person", "person_totp", "recovery_code"].includes(table)
      ? `${table === "person" ? "id" : "person_id"} in (select person_id from membership where organisation_id = $1)`
      : "organisation_id = $1";

const canaryOf = ({ owner, name }: Column) => `canary-${owner}-${name}`.replaceAll("_", "-");

async function columnsOf(client: Client): Promise<readonly Column[]> {
  const { rows } = await client.query<Column>(
    `select c.table_name as owner, c.column_name as name, c.udt_name as type
     from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
       and c.udt_name in ('text', '_text', 'jsonb', 'uuid', 'bytea')
       and (c.table_name in ('organisation', 'person', 'person_totp', 'recovery_code') or exists (
         select from information_schema.columns o where o.table_schema = 'public' and o.table_name = c.table_name
           and o.column_name = 'organisation_id'))
     order by 1, 2`,
  );
  return rows;
}

/** Writes a text of its own into each column that an organisation owns, past triggers and row-level security. */
export async function plantCanaries(superuserUrl: string, organisationId: string): Promise<Canaries> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await client.query("set session_replication_role = replica");
    const columns = await columnsOf(client);
    const tables = [...new Set(columns.map(({ owner }) => owner))];
    // What is append-only refuses a superuser too, until it is told to be quiet.
    for (const table of tables) await client.query(`alter table "${table}" disable trigger user`);
    const texts = new Map<string, string>();
    for (const column of columns) {
      const { owner, name, type } = column;
      const place = `${owner}.${name}`;
      if (codes.has(place) || type === "uuid" || type === "bytea") continue;
      const canary = canaryOf(column);
      const value = (special[place] ?? written[type] ?? "$2").replaceAll("%s", "\0").replaceAll("%", `"${name}"`);
      const { rowCount } = await client.query(
        `update "${owner}" set "${name}" = ${value.replaceAll("\0", "%s")}
         where ctid = (select ctid from "${owner}" where ${rowsOf(owner)} order by ctid desc limit 1)`,
        [organisationId, canary],
      );
      if (rowCount !== 1) throw new Error(`${place}: there is no row to put a canary into`);
      texts.set(place, canary);
    }
    for (const table of tables) await client.query(`alter table "${table}" enable trigger user`);
    return { texts, values: await valuesOf(client, columns, organisationId) };
  } finally {
    await client.end();
  }
}

/** Has an administrator have helped a person at times that are nobody else's; the times by column, as they would be printed. */
export async function plantNotices(client: Client, personId: string): Promise<ReadonlyMap<string, string>> {
  const [taken, reset] = ["2001-02-03T04:05:06.789Z", "2001-02-03T04:05:07.891Z"];
  const times = "second_factor_taken_at = $2, password_reset_at = $3";
  await client.query(`update person set ${times} where id = $1`, [personId, taken, reset]);
  return new Map([
    ["person.second_factor_taken_at", taken],
    ["person.password_reset_at", reset],
  ]);
}

async function valuesOf(client: Client, columns: readonly Column[], organisationId: string): Promise<string[]> {
  const values = new Set<string>();
  for (const { owner, name, type } of columns.filter((each) => each.type === "uuid" || each.type === "bytea")) {
    const { rows } = await client.query<{ value: string | Buffer | null }>(
      `select "${name}" as value from "${owner}" where ${rowsOf(owner)}`,
      [organisationId],
    );
    for (const { value } of rows) {
      if (typeof value === "string") values.add(value);
      // Shorter ones are no secret of anybody.
      else if (value !== null && type === "bytea" && value.length >= 16)
        for (const encoding of ["hex", "base64", "base64url"] as const) values.add(value.toString(encoding));
    }
  }
  return [...values];
}

/** Reads everything that an organisation owns as one text that changes with any of it. */
export async function fingerprinter(client: Client): Promise<(organisationId: string) => Promise<string>> {
  const tables = [...new Set((await columnsOf(client)).map(({ owner }) => owner))];
  const parts = tables.map(
    (table) => `select '${table} ' || md5(coalesce(string_agg(r::text, ',' order by r::text), '')) as part
                from "${table}" r where ${rowsOf(table)}`,
  );
  return async (organisationId) => {
    const { rows } = await client.query<{ part: string }>(parts.join(" union all "), [organisationId]);
    return rows.map(({ part }) => part).join("\n");
  };
}

const word = (what: string) => `canary-flow-${what}`;
const end = (what: string, clusterId: string): FlowEnd => ({
  clusterId,
  namespace: word(`${what}-namespace`),
  workloadKind: "Deployment",
  workloadName: word(`${what}-workload`),
  name: word(`${what}-name`),
  type: "workload",
  labels: [`${word(`${what}-label`)}=1`],
  resolution: "local",
});
const hit = (what: string): PolicyHit => ({
  kind: "CalicoNetworkPolicy",
  tier: word(`${what}-tier`),
  namespace: word(`${what}-policy-namespace`),
  name: word(`${what}-policy`),
  action: "deny",
  policyIndex: 0,
  ruleIndex: 0,
  trigger: null,
});

/** Stores a denied flow of which every text is a canary; returns those texts. */
export async function plantFlows(
  flows: FlowStore,
  { organisationId, clusterId, nowMs }: { organisationId: string; clusterId: string; nowMs: number },
): Promise<readonly string[]> {
  const row: FlowRow = {
    keyHash: 7n,
    source: end("source", clusterId),
    dest: end("dest", clusterId),
    destPort: 443,
    protocol: "tcp",
    service: { namespace: word("service-namespace"), name: word("service"), portName: word("service-port"), port: 443 },
    reporter: "source",
    action: "deny",
    enforcedTrace: [hit("enforced")],
    pendingTrace: [hit("pending")],
    packetsIn: 1,
    packetsOut: 1,
    bytesIn: 1,
    bytesOut: 1,
    connectionsStarted: 1,
    connectionsCompleted: 1,
    connectionsLive: 0,
  };
  const bucketStart = Math.floor(nowMs / 15_000 - 8) * 15;
  const identity = { organisationId, clusterId, incarnation: word("incarnation"), part: 0, parts: 1, correction: 0 };
  await storeFlows(flows, { identity: { ...identity, bucketStart }, rows: [row], receivedAtMs: nowMs });
  const gap = { from: bucketStart - 30, to: bucketStart - 15, reason: "spool-lost" as const };
  await flows.insertGaps([
    {
      organisationId,
      clusterId,
      incarnation: word("incarnation"),
      ...gap,
      receivedAtMs: nowMs,
    },
  ]);
  const texts = JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  return [...new Set([...texts.matchAll(/canary-flow-[a-z-]+/g)].map(([text]) => text)), word("incarnation")];
}
