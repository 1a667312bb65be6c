-- The first schema. Everything that belongs to an organisation carries organisation_id, refers to what belongs to the
-- same organisation (composite foreign keys) and is hidden from every other by forced row-level security.
--
-- Roles: who runs this owns the tables; isthmus_app (web and gateway) has the privileges it needs and owns nothing;
-- isthmus_lookup owns the few functions that must see across organisations, and nobody signs in as it.
-- Needs Postgres 16 or later, and a role that owns the database and may create roles.

do $$
begin
  if not exists (select from pg_roles where rolname = 'isthmus_app') then
    create role isthmus_app login noinherit;
  end if;
  if not exists (select from pg_roles where rolname = 'isthmus_lookup') then
    create role isthmus_lookup nologin noinherit;
  end if;
  if exists (select from pg_roles where rolname in ('isthmus_app', 'isthmus_lookup')
             and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb)) then
    raise exception 'the roles isthmus_app and isthmus_lookup must be NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB';
  end if;
  if not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant isthmus_lookup to %I with inherit false, set true', current_user);
  end if;
end
$$;

revoke all on schema public from public;
grant usage on schema public to isthmus_app, isthmus_lookup;
grant create on schema public to isthmus_lookup; -- to own its functions; taken back below

-- ---- tables ---------------------------------------------------------------------------------------------------------

create table organisation (
  id uuid not null,
  name text not null,
  created_at timestamptz(3) not null default current_timestamp,
  constraint organisation_pkey primary key (id)
);

create table person (
  id uuid not null,
  email text not null,
  display_name text not null,
  password_hash text,
  must_change_password boolean not null default false,
  created_at timestamptz(3) not null default current_timestamp,
  constraint person_pkey primary key (id)
);

create table membership (
  organisation_id uuid not null,
  person_id uuid not null,
  role text not null,
  created_at timestamptz(3) not null default current_timestamp,
  disabled_at timestamptz(3),
  constraint membership_pkey primary key (organisation_id, person_id)
);

create table sign_in_session (
  id uuid not null,
  organisation_id uuid not null,
  person_id uuid not null,
  token_hash bytea not null,
  created_at timestamptz(3) not null default current_timestamp,
  last_seen_at timestamptz(3) not null default current_timestamp,
  expires_at timestamptz(3) not null,
  revoked_at timestamptz(3),
  ip text not null default '',
  user_agent text not null default '',
  constraint sign_in_session_pkey primary key (id)
);

create table cluster (
  id uuid not null,
  organisation_id uuid not null,
  name text not null,
  labels jsonb not null default '{}',
  region text not null default '',
  jurisdiction text not null default '',
  ordinal integer not null,
  kube_system_uid text,
  network text not null default 'default',
  kubernetes_version text not null default '',
  calico_version text not null default '',
  calico_api text not null default '',
  pod_cidrs text[] not null default array[]::text[],
  service_cidrs text[] not null default array[]::text[],
  agent_version text not null default '',
  goldmane text not null default '',
  missing_permissions text[] not null default array[]::text[],
  facts_at timestamptz(3),
  options jsonb not null default '{}',
  first_synced_at timestamptz(3),
  joined_at timestamptz(3),
  created_at timestamptz(3) not null default current_timestamp,
  created_by uuid,
  deleted_at timestamptz(3),
  constraint cluster_pkey primary key (id)
);

create table cluster_session (
  cluster_id uuid not null,
  organisation_id uuid not null,
  session_id uuid not null,
  gateway_id text not null,
  instance text not null default '',
  connected_at timestamptz(3) not null,
  synced_at timestamptz(3),
  last_heard_at timestamptz(3) not null,
  round_trip_ms integer,
  clock_offset_ms integer,
  disconnected_at timestamptz(3),
  disconnect_reason text not null default '',
  lease_term bigint not null,
  credential_id uuid,
  remote_address text not null default '',
  agent_version text not null default '',
  spool_bytes bigint not null default 0,
  spool_batches bigint not null default 0,
  sync_total integer not null default 0,
  sync_done integer not null default 0,
  constraint cluster_session_pkey primary key (cluster_id)
);

create table enrolment_grant (
  id uuid not null,
  organisation_id uuid not null,
  cluster_id uuid not null,
  secret_hash bytea not null,
  expires_at timestamptz(3) not null,
  redemptions_allowed integer not null default 1,
  redemptions_used integer not null default 0,
  last_redeemed_at timestamptz(3),
  revoked_at timestamptz(3),
  revoked_by uuid,
  created_by uuid,
  created_at timestamptz(3) not null default current_timestamp,
  options jsonb not null default '{}',
  constraint enrolment_grant_pkey primary key (id)
);

create table agent_credential (
  id uuid not null,
  organisation_id uuid not null,
  cluster_id uuid not null,
  public_key bytea not null,
  kube_system_uid text not null,
  grant_id uuid,
  issued_at timestamptz(3) not null default current_timestamp,
  expires_at timestamptz(3) not null,
  revoked_at timestamptz(3),
  constraint agent_credential_pkey primary key (id)
);

create table refused_connection (
  id bigint GENERATED BY default AS IDENTITY,
  organisation_id uuid not null,
  cluster_id uuid,
  code text not null,
  message text not null,
  at timestamptz(3) not null default current_timestamp,
  remote_address text not null default '',
  cluster_uid text not null default '',
  grant_id uuid,
  credential_id uuid,
  constraint refused_connection_pkey primary key (id)
);

create table signing_key (
  key_id text not null,
  public_key bytea not null,
  state text not null,
  created_at timestamptz(3) not null default current_timestamp,
  retired_at timestamptz(3),
  constraint signing_key_pkey primary key (key_id)
);

create table inventory_object (
  organisation_id uuid not null,
  cluster_id uuid not null,
  api_version text not null,
  kind text not null,
  namespace text not null,
  name text not null,
  uid text not null,
  content_hash bytea not null,
  chunk smallint not null,
  labels jsonb not null default '{}',
  body jsonb not null,
  updated_at timestamptz(3) not null default current_timestamp,
  constraint inventory_object_pkey primary key (cluster_id, api_version, kind, namespace, name)
);

create table identity_publication (
  id uuid not null,
  organisation_id uuid not null,
  source_cluster_id uuid not null,
  namespace text not null,
  target_cluster_id uuid not null,
  approved_by uuid not null,
  approved_at timestamptz(3) not null default current_timestamp,
  withdrawn_by uuid,
  withdrawn_at timestamptz(3),
  constraint identity_publication_pkey primary key (id)
);

create table tier (
  id uuid not null,
  organisation_id uuid not null,
  name text not null,
  "order" double precision not null,
  default_action text not null default 'Deny',
  description text not null default '',
  created_by uuid,
  created_at timestamptz(3) not null default current_timestamp,
  constraint tier_pkey primary key (id)
);

create table policy (
  id uuid not null,
  organisation_id uuid not null,
  tier_id uuid not null,
  kind text not null default 'GlobalNetworkPolicy',
  namespace text not null default '',
  name text not null,
  created_by uuid,
  created_at timestamptz(3) not null default current_timestamp,
  archived_at timestamptz(3),
  constraint policy_pkey primary key (id)
);

create table policy_revision (
  id uuid not null,
  organisation_id uuid not null,
  policy_id uuid not null,
  number integer not null,
  manifest_yaml text not null,
  manifest jsonb not null,
  digest text not null,
  placement_selector text not null,
  comment text not null default '',
  created_by uuid,
  created_at timestamptz(3) not null default current_timestamp,
  constraint policy_revision_pkey primary key (id)
);

create table policy_application (
  id bigint GENERATED BY default AS IDENTITY,
  organisation_id uuid not null,
  policy_id uuid not null,
  revision_id uuid,
  action text not null,
  approved_by uuid not null,
  approved_at timestamptz(3) not null default current_timestamp,
  cluster_ids uuid[] not null default array[]::uuid[],
  comment text not null default '',
  constraint policy_application_pkey primary key (id)
);

create table desired_state (
  cluster_id uuid not null,
  organisation_id uuid not null,
  revision bigint not null,
  digest text not null,
  computed_at timestamptz(3) not null default current_timestamp,
  problems jsonb not null default '[]',
  constraint desired_state_pkey primary key (cluster_id)
);

create table desired_resource (
  organisation_id uuid not null,
  cluster_id uuid not null,
  api_version text not null,
  kind text not null,
  namespace text not null,
  name text not null,
  hash bytea not null,
  body jsonb not null,
  position integer not null,
  origin jsonb not null default '{}',
  revision bigint not null,
  withdrawn boolean not null default false,
  constraint desired_resource_pkey primary key (cluster_id, api_version, kind, namespace, name)
);

create table resource_status (
  organisation_id uuid not null,
  cluster_id uuid not null,
  api_version text not null,
  kind text not null,
  namespace text not null,
  name text not null,
  hash bytea not null,
  state text not null,
  message text not null default '',
  uid text not null default '',
  resource_version text not null default '',
  observed_at timestamptz(3) not null,
  revision bigint not null,
  constraint resource_status_pkey primary key (cluster_id, api_version, kind, namespace, name)
);

create table published_set (
  organisation_id uuid not null,
  target_cluster_id uuid not null,
  name text not null,
  source_cluster_id uuid not null,
  namespace text not null,
  workload_kind text not null,
  workload_name text not null,
  first_published_at timestamptz(3) not null default current_timestamp,
  retired_at timestamptz(3),
  constraint published_set_pkey primary key (target_cluster_id, name)
);

create table topology_edge (
  id uuid not null,
  organisation_id uuid not null,
  source_cluster_id uuid,
  source_kind text not null,
  source_namespace text not null,
  source_name text not null,
  dest_cluster_id uuid,
  dest_kind text not null,
  dest_namespace text not null,
  dest_name text not null,
  protocol text not null,
  port integer not null,
  first_seen timestamptz(3) not null,
  last_seen timestamptz(3) not null,
  baseline boolean not null default false,
  annotation text not null default '',
  last_verdicts jsonb not null default '{}',
  constraint topology_edge_pkey primary key (id)
);

create table job_cursor (
  organisation_id uuid not null,
  job text not null,
  through timestamptz(3) not null,
  updated_at timestamptz(3) not null default current_timestamp,
  constraint job_cursor_pkey primary key (organisation_id, job)
);

create table audit_entry (
  id bigint GENERATED BY default AS IDENTITY,
  organisation_id uuid not null,
  at timestamptz(3) not null default current_timestamp,
  actor_kind text not null,
  actor_id text,
  actor_name text not null default '',
  action text not null,
  target_kind text not null default '',
  target_id text not null default '',
  target_name text not null default '',
  detail jsonb not null default '{}',
  ip text not null default '',
  constraint audit_entry_pkey primary key (id)
);

create table setting (
  organisation_id uuid not null,
  key text not null,
  value jsonb not null,
  updated_at timestamptz(3) not null default current_timestamp,
  updated_by uuid,
  constraint setting_pkey primary key (organisation_id, key)
);

create unique index person_email_key
  on person (email);
create index membership_person_id_idx
  on membership (person_id);
create unique index sign_in_session_token_hash_key
  on sign_in_session (token_hash);
create index sign_in_session_organisation_id_person_id_idx
  on sign_in_session (organisation_id, person_id);
create unique index cluster_organisation_id_id_key
  on cluster (organisation_id, id);
create unique index cluster_organisation_id_ordinal_key
  on cluster (organisation_id, ordinal);
create unique index cluster_session_organisation_id_cluster_id_key
  on cluster_session (organisation_id, cluster_id);
create index enrolment_grant_organisation_id_cluster_id_idx
  on enrolment_grant (organisation_id, cluster_id);
create index agent_credential_organisation_id_cluster_id_idx
  on agent_credential (organisation_id, cluster_id);
create index refused_connection_organisation_id_cluster_id_at_idx
  on refused_connection (organisation_id, cluster_id, at);
create index inventory_object_cluster_id_chunk_idx
  on inventory_object (cluster_id, chunk);
create index inventory_object_organisation_id_kind_namespace_idx
  on inventory_object (organisation_id, kind, namespace);
create index identity_publication_organisation_id_target_cluster_id_idx
  on identity_publication (organisation_id, target_cluster_id);
create unique index tier_organisation_id_id_key
  on tier (organisation_id, id);
create unique index tier_organisation_id_name_key
  on tier (organisation_id, name);
create unique index policy_organisation_id_id_key
  on policy (organisation_id, id);
create unique index policy_organisation_id_tier_id_kind_namespace_name_key
  on policy (organisation_id, tier_id, kind, namespace, name);
create unique index policy_revision_organisation_id_id_key
  on policy_revision (organisation_id, id);
create unique index policy_revision_organisation_id_policy_id_id_key
  on policy_revision (organisation_id, policy_id, id);
create unique index policy_revision_policy_id_number_key
  on policy_revision (policy_id, number);
create index policy_application_organisation_id_policy_id_id_idx
  on policy_application (organisation_id, policy_id, id);
create unique index desired_state_organisation_id_cluster_id_key
  on desired_state (organisation_id, cluster_id);
create index desired_resource_cluster_id_revision_idx
  on desired_resource (cluster_id, revision);
create index resource_status_organisation_id_state_idx
  on resource_status (organisation_id, state);
create index published_set_organisation_id_source_cluster_id_namespace_idx
  on published_set (organisation_id, source_cluster_id, namespace);
create index topology_edge_organisation_id_last_seen_idx
  on topology_edge (organisation_id, last_seen);
create index topology_edge_organisation_id_source_cluster_id_idx
  on topology_edge (organisation_id, source_cluster_id);
create index topology_edge_organisation_id_dest_cluster_id_idx
  on topology_edge (organisation_id, dest_cluster_id);
create index audit_entry_organisation_id_id_idx
  on audit_entry (organisation_id, id);
create index audit_entry_organisation_id_target_kind_target_id_idx
  on audit_entry (organisation_id, target_kind, target_id);
alter table membership add constraint membership_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete restrict on update restrict;
alter table membership add constraint membership_person_id_fkey
  foreign key (person_id) references person (id) on delete restrict on update restrict;
alter table sign_in_session add constraint sign_in_session_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete restrict on update restrict;
alter table sign_in_session add constraint sign_in_session_person_id_fkey
  foreign key (person_id) references person (id) on delete restrict on update restrict;
alter table cluster add constraint cluster_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete restrict on update restrict;
alter table cluster_session add constraint cluster_session_organisation_id_cluster_id_fkey
  foreign key (organisation_id, cluster_id) references cluster (organisation_id, id) on delete restrict on update restrict;
alter table enrolment_grant add constraint enrolment_grant_organisation_id_cluster_id_fkey
  foreign key (organisation_id, cluster_id) references cluster (organisation_id, id) on delete restrict on update restrict;
alter table agent_credential add constraint agent_credential_organisation_id_cluster_id_fkey
  foreign key (organisation_id, cluster_id) references cluster (organisation_id, id) on delete restrict on update restrict;
alter table refused_connection add constraint refused_connection_organisation_id_cluster_id_fkey
  foreign key (organisation_id, cluster_id) references cluster (organisation_id, id) on delete restrict on update restrict;
alter table inventory_object add constraint inventory_object_organisation_id_cluster_id_fkey
  foreign key (organisation_id, cluster_id) references cluster (organisation_id, id) on delete restrict on update restrict;
alter table identity_publication add constraint identity_publication_organisation_id_source_cluster_id_fkey
  foreign key (organisation_id, source_cluster_id) references cluster (organisation_id, id) on delete restrict on update restrict;
alter table identity_publication add constraint identity_publication_organisation_id_target_cluster_id_fkey
  foreign key (organisation_id, target_cluster_id) references cluster (organisation_id, id) on delete restrict on update restrict;
alter table tier add constraint tier_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete restrict on update restrict;
alter table policy add constraint policy_organisation_id_tier_id_fkey
  foreign key (organisation_id, tier_id) references tier (organisation_id, id) on delete restrict on update restrict;
alter table policy_revision add constraint policy_revision_organisation_id_policy_id_fkey
  foreign key (organisation_id, policy_id) references policy (organisation_id, id) on delete restrict on update restrict;
alter table policy_application add constraint policy_application_organisation_id_policy_id_fkey
  foreign key (organisation_id, policy_id) references policy (organisation_id, id) on delete restrict on update restrict;
alter table policy_application add constraint policy_application_organisation_id_policy_id_revision_id_fkey
  foreign key (organisation_id, policy_id, revision_id) references policy_revision (organisation_id, policy_id, id) on delete restrict on update restrict;
alter table desired_state add constraint desired_state_organisation_id_cluster_id_fkey
  foreign key (organisation_id, cluster_id) references cluster (organisation_id, id) on delete restrict on update restrict;
alter table desired_resource add constraint desired_resource_organisation_id_cluster_id_fkey
  foreign key (organisation_id, cluster_id) references cluster (organisation_id, id) on delete restrict on update restrict;
alter table resource_status add constraint resource_status_organisation_id_cluster_id_fkey
  foreign key (organisation_id, cluster_id) references cluster (organisation_id, id) on delete restrict on update restrict;
alter table published_set add constraint published_set_organisation_id_target_cluster_id_fkey
  foreign key (organisation_id, target_cluster_id) references cluster (organisation_id, id) on delete restrict on update restrict;
alter table published_set add constraint published_set_organisation_id_source_cluster_id_fkey
  foreign key (organisation_id, source_cluster_id) references cluster (organisation_id, id) on delete restrict on update restrict;
alter table topology_edge add constraint topology_edge_organisation_id_source_cluster_id_fkey
  foreign key (organisation_id, source_cluster_id) references cluster (organisation_id, id) on delete restrict on update restrict;
alter table topology_edge add constraint topology_edge_organisation_id_dest_cluster_id_fkey
  foreign key (organisation_id, dest_cluster_id) references cluster (organisation_id, id) on delete restrict on update restrict;
alter table job_cursor add constraint job_cursor_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete restrict on update restrict;
alter table audit_entry add constraint audit_entry_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete restrict on update restrict;
alter table setting add constraint setting_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete restrict on update restrict;

-- ---- what Prisma's schema cannot say ----------------------------------------------------------------------------------

create unique index cluster_name_in_use_key on cluster (organisation_id, name) where deleted_at is null;
create unique index identity_publication_in_force_key
  on identity_publication (organisation_id, source_cluster_id, namespace, target_cluster_id) where withdrawn_at is null;
create unique index topology_edge_ends_key
  on topology_edge (organisation_id, source_cluster_id, source_kind, source_namespace, source_name,
                    dest_cluster_id, dest_kind, dest_namespace, dest_name, protocol, port) nulls not distinct;

alter table person add constraint person_email_lower_case check (email = lower(email));
alter table cluster add constraint cluster_ordinal_from_zero check (ordinal >= 0);
alter table enrolment_grant add constraint enrolment_grant_redemptions
  check (redemptions_used between 0 and redemptions_allowed);
alter table signing_key add constraint signing_key_state check (state in ('current', 'next', 'retired'));
alter table inventory_object add constraint inventory_object_chunk check (chunk between 0 and 255);
alter table identity_publication add constraint identity_publication_between_two
  check (source_cluster_id <> target_cluster_id);
alter table tier add constraint tier_default_action check (default_action in ('Deny', 'Pass'));
alter table policy_revision add constraint policy_revision_number_from_one check (number >= 1);
alter table policy_application add constraint policy_application_action
  check ((action = 'apply' and revision_id is not null) or (action = 'withdraw' and revision_id is null));
alter table resource_status add constraint resource_status_state
  check (state in ('pending', 'applied', 'failed', 'drifted', 'removed', 'not-ours', 'read-only'));
alter table topology_edge add constraint topology_edge_port check (port between 0 and 65535);

-- ---- append-only ------------------------------------------------------------------------------------------------------

create function refuse_change() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end
$$;

do $$
declare
  appended text;
begin
  foreach appended in array array['audit_entry', 'policy_revision', 'policy_application'] loop
    execute format('create trigger append_only before update or delete or truncate on %I
                    for each statement execute function refuse_change()', appended);
    -- also for replicas of the table's changes and sessions that set session_replication_role
    execute format('alter table %I enable always trigger append_only', appended);
  end loop;
end
$$;

-- ---- row-level security -----------------------------------------------------------------------------------------------

-- The organisation of this transaction, set by SET LOCAL; null (which matches no row) where none was set.
create function current_organisation() returns uuid language sql stable as $$
  select nullif(pg_catalog.current_setting('isthmus.organisation', true), '')::uuid
$$;

do $$
declare
  owned text;
begin
  foreach owned in array array[
    'membership', 'sign_in_session', 'cluster', 'cluster_session', 'enrolment_grant', 'agent_credential',
    'refused_connection', 'inventory_object', 'identity_publication', 'tier', 'policy', 'policy_revision',
    'policy_application', 'desired_state', 'desired_resource', 'resource_status', 'published_set', 'topology_edge',
    'job_cursor', 'audit_entry', 'setting'
  ] loop
    execute format('alter table %I enable row level security', owned);
    execute format('alter table %I force row level security', owned);
    execute format('create policy of_organisation on %I using (organisation_id = current_organisation())
                    with check (organisation_id = current_organisation())', owned);
  end loop;
end
$$;

alter table organisation enable row level security;
alter table organisation force row level security;
create policy of_organisation on organisation
  using (id = current_organisation()) with check (id = current_organisation());

-- A person is seen by the organisations that have them as a member; add_member() is how one comes to be.
alter table person enable row level security;
alter table person force row level security;
create policy of_organisation on person
  using (exists (select from membership m where m.person_id = person.id))
  with check (exists (select from membership m where m.person_id = person.id));

-- ---- what the application may do --------------------------------------------------------------------------------------

grant select on organisation to isthmus_app;
grant update (name) on organisation to isthmus_app;
grant select on person to isthmus_app;
grant update (display_name, password_hash, must_change_password) on person to isthmus_app;
grant select, insert, update on membership, sign_in_session, cluster, enrolment_grant, agent_credential,
  identity_publication, tier, policy, published_set, signing_key to isthmus_app;
grant delete on sign_in_session to isthmus_app;
grant select, insert, update, delete on cluster_session, inventory_object, desired_state, desired_resource,
  resource_status, topology_edge, job_cursor, setting to isthmus_app;
grant select, insert, delete on refused_connection to isthmus_app;
grant select, insert on audit_entry, policy_revision, policy_application to isthmus_app;

-- ---- look-ups before the organisation is known, and jobs across organisations ------------------------------------------

grant select, insert on organisation, person, membership to isthmus_lookup;
grant select on sign_in_session, cluster, enrolment_grant, agent_credential to isthmus_lookup;
create policy of_lookups on organisation to isthmus_lookup using (true) with check (true);
create policy of_lookups on person to isthmus_lookup using (true) with check (true);
create policy of_lookups on membership to isthmus_lookup using (true) with check (true);
create policy of_lookups on sign_in_session for select to isthmus_lookup using (true);
create policy of_lookups on cluster for select to isthmus_lookup using (true);
create policy of_lookups on enrolment_grant for select to isthmus_lookup using (true);
create policy of_lookups on agent_credential for select to isthmus_lookup using (true);

create function find_sign_in_session(p_token_hash bytea)
returns table (
  id uuid, organisation_id uuid, organisation_name text, person_id uuid, email text, display_name text,
  must_change_password boolean, role text, membership_disabled_at timestamptz, created_at timestamptz,
  last_seen_at timestamptz, expires_at timestamptz, revoked_at timestamptz
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select s.id, s.organisation_id, o.name, s.person_id, p.email, p.display_name, p.must_change_password, m.role,
         m.disabled_at, s.created_at, s.last_seen_at, s.expires_at, s.revoked_at
  from public.sign_in_session s
  join public.organisation o on o.id = s.organisation_id
  join public.person p on p.id = s.person_id
  join public.membership m on m.organisation_id = s.organisation_id and m.person_id = s.person_id
  where s.token_hash = p_token_hash
$$;

-- One row for each organisation the person is an active member of.
create function find_person_by_email(p_email text)
returns table (
  person_id uuid, email text, display_name text, password_hash text, must_change_password boolean,
  organisation_id uuid, organisation_name text, role text
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.id, p.email, p.display_name, p.password_hash, p.must_change_password, o.id, o.name, m.role
  from public.person p
  join public.membership m on m.person_id = p.id and m.disabled_at is null
  join public.organisation o on o.id = m.organisation_id
  where p.email = lower(p_email)
  order by m.created_at, o.id
$$;

create function find_grant(p_id uuid)
returns table (
  id uuid, organisation_id uuid, cluster_id uuid, cluster_name text, cluster_deleted_at timestamptz, secret_hash bytea,
  expires_at timestamptz, redemptions_allowed integer, redemptions_used integer, revoked_at timestamptz, options jsonb
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select g.id, g.organisation_id, g.cluster_id, c.name, c.deleted_at, g.secret_hash, g.expires_at,
         g.redemptions_allowed, g.redemptions_used, g.revoked_at, g.options
  from public.enrolment_grant g
  join public.cluster c on c.organisation_id = g.organisation_id and c.id = g.cluster_id
  where g.id = p_id
$$;

create function find_credential(p_id uuid)
returns table (
  id uuid, organisation_id uuid, cluster_id uuid, cluster_name text, cluster_deleted_at timestamptz, public_key bytea,
  kube_system_uid text, issued_at timestamptz, expires_at timestamptz, revoked_at timestamptz
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select a.id, a.organisation_id, a.cluster_id, c.name, c.deleted_at, a.public_key, a.kube_system_uid, a.issued_at,
         a.expires_at, a.revoked_at
  from public.agent_credential a
  join public.cluster c on c.organisation_id = a.organisation_id and c.id = a.cluster_id
  where a.id = p_id
$$;

create function list_organisations_for_jobs()
returns table (id uuid, name text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select o.id, o.name from public.organisation o order by o.created_at, o.id
$$;

-- Makes the first organisation and its owner; does nothing and returns null where an organisation exists.
create function bootstrap_owner(
  p_organisation uuid, p_organisation_name text, p_person uuid, p_email text, p_display_name text,
  p_password_hash text, p_must_change_password boolean
)
returns uuid language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('isthmus.bootstrap_owner', 0));
  if exists (select from public.organisation) then
    return null;
  end if;
  insert into public.organisation (id, name) values (p_organisation, p_organisation_name);
  insert into public.person (id, email, display_name, password_hash, must_change_password)
  values (p_person, lower(p_email), p_display_name, p_password_hash, p_must_change_password);
  insert into public.membership (organisation_id, person_id, role) values (p_organisation, p_person, 'owner');
  return p_organisation;
end
$$;

-- Makes a person a member of this transaction's organisation and returns their id: a new person with the given id, or
-- the one who already has that address (whose name and password stay theirs).
create function add_member(
  p_person uuid, p_email text, p_display_name text, p_password_hash text, p_must_change_password boolean, p_role text
)
returns uuid language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_organisation uuid := public.current_organisation();
  v_person uuid;
begin
  if v_organisation is null then
    raise exception 'add_member needs an organisation' using errcode = 'insufficient_privilege';
  end if;
  insert into public.person (id, email, display_name, password_hash, must_change_password)
  values (p_person, lower(p_email), p_display_name, p_password_hash, p_must_change_password)
  on conflict (email) do nothing;
  select p.id into v_person from public.person p where p.email = lower(p_email);
  insert into public.membership (organisation_id, person_id, role) values (v_organisation, v_person, p_role);
  return v_person;
end
$$;

do $$
declare
  looked_up regprocedure;
begin
  foreach looked_up in array array[
    'find_sign_in_session(bytea)', 'find_person_by_email(text)', 'find_grant(uuid)', 'find_credential(uuid)',
    'list_organisations_for_jobs()', 'bootstrap_owner(uuid,text,uuid,text,text,text,boolean)',
    'add_member(uuid,text,text,text,boolean,text)'
  ]::regprocedure[] loop
    execute format('revoke all on function %s from public', looked_up);
    execute format('grant execute on function %s to isthmus_app', looked_up);
    execute format('alter function %s owner to isthmus_lookup', looked_up);
  end loop;
end
$$;

revoke create on schema public from isthmus_lookup;
