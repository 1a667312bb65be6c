-- Grants for a fleet, redemptions that are seen and may wait for a person, and signing keys that are current as long as a
-- gateway signs with them.

grant create on schema public to isthmus_lookup; -- to own its functions; taken back below

-- A grant without a cluster makes one at each redemption by a cluster that is new: its labels, and a name that begins so.
alter table enrolment_grant alter column cluster_id drop not null;
alter table enrolment_grant add column name_prefix text not null default '';
alter table enrolment_grant add column labels jsonb not null default '{}';
-- Whether each redemption waits until a person has approved it.
alter table enrolment_grant add column needs_approval boolean not null default false;
alter table enrolment_grant add constraint enrolment_grant_place check (cluster_id is not null or name_prefix <> '');
create unique index enrolment_grant_organisation_id_id_key on enrolment_grant (organisation_id, id);

-- What came of a grant: one row for each cluster and key that showed its secret.
create table enrolment_redemption (
  id uuid not null,
  organisation_id uuid not null,
  grant_id uuid not null,
  cluster_id uuid, -- once it is completed
  cluster_uid text not null,
  public_key bytea not null,
  agent_version text not null default '',
  instance text not null default '',
  remote_address text not null default '',
  state text not null,
  reason text not null default '', -- of a refusal: its code; empty where a person refused
  initiated_at timestamptz(3) not null default CURRENT_TIMESTAMP,
  last_attempt_at timestamptz(3) not null default CURRENT_TIMESTAMP,
  decided_at timestamptz(3),
  decided_by uuid,
  completed_at timestamptz(3),
  constraint enrolment_redemption_pkey primary key (id),
  constraint enrolment_redemption_state check (state in ('waiting', 'approved', 'completed', 'refused'))
);
create unique index enrolment_redemption_grant_id_cluster_uid_public_key_key
  on enrolment_redemption (grant_id, cluster_uid, public_key);
create index enrolment_redemption_organisation_id_last_attempt_at_idx
  on enrolment_redemption (organisation_id, last_attempt_at desc);

alter table enrolment_redemption add constraint enrolment_redemption_organisation_id_grant_id_fkey
  foreign key (organisation_id, grant_id) references enrolment_grant (organisation_id, id)
  on delete cascade on update restrict;
alter table enrolment_redemption add constraint enrolment_redemption_organisation_id_cluster_id_fkey
  foreign key (organisation_id, cluster_id) references cluster (organisation_id, id) on delete cascade on update restrict;

alter table enrolment_redemption enable row level security;
alter table enrolment_redemption force row level security;
create policy of_organisation on enrolment_redemption using (organisation_id = current_organisation())
  with check (organisation_id = current_organisation());
grant select, insert, update, delete on enrolment_redemption to isthmus_app;

-- When a gateway last said that it signs with a key, and that it announces it. Null: none has since this version.
alter table signing_key add column signed_at timestamptz(3);
alter table signing_key add column announced_at timestamptz(3);

-- Like find_grant, which stays for gateways of the version before, and which knows no grant without a cluster.
create function find_enrolment_grant(p_id uuid)
returns table (
  id uuid, organisation_id uuid, cluster_id uuid, name text, cluster_deleted_at timestamptz, secret_hash bytea,
  expires_at timestamptz, redemptions_allowed integer, redemptions_used integer, revoked_at timestamptz, options jsonb
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select g.id, g.organisation_id, g.cluster_id, coalesce(c.name, g.name_prefix), c.deleted_at, g.secret_hash,
         g.expires_at, g.redemptions_allowed, g.redemptions_used, g.revoked_at, g.options
  from public.enrolment_grant g
  left join public.cluster c on c.organisation_id = g.organisation_id and c.id = g.cluster_id
  where g.id = p_id
$$;
revoke all on function find_enrolment_grant(uuid) from public;
grant execute on function find_enrolment_grant(uuid) to isthmus_app;
alter function find_enrolment_grant(uuid) owner to isthmus_lookup;

revoke create on schema public from isthmus_lookup;
