-- Access: an installation above the organisations, single sign-on, second factors, roles with scopes, invitations, API
-- tokens, deletion that waits, and an audit log whose entries are chained. As in 0001, whatever belongs to an
-- organisation is hidden from every other, and what must be seen before the organisation is known goes through named
-- functions owned by isthmus_lookup.

grant create on schema public to isthmus_lookup; -- to own its functions; taken back below

-- Made anew below.
set role isthmus_lookup;
drop function find_sign_in_session(bytea);
drop function find_person_by_email(text);
drop function list_organisations_for_jobs();
drop function bootstrap_owner(uuid, text, uuid, text, text, text, boolean);
drop function add_member(uuid, text, text, text, boolean, text);
reset role;

-- ---- organisations --------------------------------------------------------------------------------------------------

alter table organisation add column kind text not null default 'ordinary';
-- Raised by every change of what decides who may do what here; compiled access is cached under it.
alter table organisation add column access_revision bigint not null default 1;
-- True: only sessions proven by one of the organisation's own providers are good in it.
alter table organisation add column requires_own_provider boolean not null default false;
alter table organisation add column deletion_requested_at timestamptz(3);
alter table organisation add column deletion_requested_by uuid;
alter table organisation add column deletion_due_at timestamptz(3);
alter table organisation add constraint organisation_kind check (kind in ('ordinary', 'installation'));
alter table organisation add constraint organisation_deletion
  check ((deletion_requested_at is null) = (deletion_due_at is null));
create unique index organisation_one_installation_key on organisation (kind) where kind = 'installation';

grant update (access_revision, requires_own_provider, deletion_requested_at, deletion_requested_by, deletion_due_at)
  on organisation to isthmus_app;
grant update (access_revision) on organisation to isthmus_lookup;

create function everywhere() returns jsonb language sql immutable as $$
  select '{"clusters":{"kind":"all"},"namespaces":"all","tiers":"all"}'::jsonb
$$;

-- The installation: its members administer it, its providers are for all organisations, and it holds nothing else.
set role isthmus_lookup;
insert into organisation (id, name, kind) values ('00000000-0000-4000-8000-000000000001', 'Installation', 'installation');
reset role;

-- ---- people, how they prove themselves, what they may do ------------------------------------------------------------

create table identity_provider (
  id uuid not null,
  organisation_id uuid not null,
  name text not null,
  issuer text not null,
  client_id text not null,
  client_secret_sealed bytea,
  scopes text[] not null default array['openid', 'profile', 'email'],
  email_claim text not null default 'email',
  name_claim text not null default 'name',
  groups_claim text not null default 'groups',
  -- True: whoever set it up vouches for the provider's e-mail addresses, also where it does not say that it checked one.
  emails_verified boolean not null default false,
  join_rule text not null default 'invited',
  domains text[] not null default array[]::text[],
  shown boolean not null default true,
  enabled boolean not null default true,
  origin text not null default 'app',
  created_by uuid,
  created_at timestamptz(3) not null default current_timestamp,
  updated_at timestamptz(3) not null default current_timestamp,
  tested_at timestamptz(3),
  last_error text not null default '',
  constraint identity_provider_pkey primary key (id),
  constraint identity_provider_join_rule check (join_rule in ('invited', 'groups', 'anyone')),
  constraint identity_provider_origin check (origin in ('app', 'file'))
);
create unique index identity_provider_organisation_id_id_key on identity_provider (organisation_id, id);
create unique index identity_provider_organisation_id_name_key on identity_provider (organisation_id, name);

-- Who a provider's subject is here. It belongs to the provider's organisation.
create table person_identity (
  provider_id uuid not null,
  subject text not null,
  organisation_id uuid not null,
  person_id uuid not null,
  email text not null default '',
  first_seen_at timestamptz(3) not null default current_timestamp,
  last_seen_at timestamptz(3) not null default current_timestamp,
  constraint person_identity_pkey primary key (provider_id, subject)
);
create index person_identity_organisation_id_person_id_idx on person_identity (organisation_id, person_id);

-- The groups that a provider said at the person's last sign-in, in each organisation that they are a member of.
create table person_group (
  organisation_id uuid not null,
  person_id uuid not null,
  provider_id uuid not null,
  group_name text not null,
  constraint person_group_pkey primary key (organisation_id, person_id, provider_id, group_name)
);

-- A second factor of a person with a password: TOTP (RFC 6238).
create table person_totp (
  person_id uuid not null,
  secret_sealed bytea not null,
  confirmed_at timestamptz(3),
  last_step bigint not null default 0,
  created_at timestamptz(3) not null default current_timestamp,
  constraint person_totp_pkey primary key (person_id)
);

create table recovery_code (
  person_id uuid not null,
  code_hash bytea not null,
  used_at timestamptz(3),
  constraint recovery_code_pkey primary key (person_id, code_hash)
);

create table role (
  id uuid not null,
  organisation_id uuid not null,
  name text not null,
  description text not null default '',
  permissions text[] not null,
  created_by uuid,
  created_at timestamptz(3) not null default current_timestamp,
  updated_at timestamptz(3) not null default current_timestamp,
  constraint role_pkey primary key (id)
);
create unique index role_organisation_id_id_key on role (organisation_id, id);
create unique index role_organisation_id_name_key on role (organisation_id, name);

-- A role (a built-in one by name, or a custom one by id) for a person or a provider's group, in a scope:
-- {clusters: {kind: all | selector | ids, …}, namespaces: all | […], tiers: all | […]}. What cannot be read grants nothing.
create table role_binding (
  id uuid not null,
  organisation_id uuid not null,
  role_id text not null,
  person_id uuid,
  provider_id uuid,
  group_name text,
  scope jsonb not null,
  origin text not null default 'app',
  created_by uuid,
  created_at timestamptz(3) not null default current_timestamp,
  constraint role_binding_pkey primary key (id),
  constraint role_binding_holder
    check ((person_id is null) <> (group_name is null) and (provider_id is null) = (group_name is null)),
  constraint role_binding_origin check (origin in ('app', 'file'))
);
create index role_binding_organisation_id_person_id_idx on role_binding (organisation_id, person_id);
create index role_binding_organisation_id_provider_id_group_name_idx
  on role_binding (organisation_id, provider_id, group_name);

create table invitation (
  id uuid not null,
  organisation_id uuid not null,
  email text not null,
  role_id text not null,
  scope jsonb not null,
  secret_hash bytea not null,
  created_by uuid,
  created_at timestamptz(3) not null default current_timestamp,
  expires_at timestamptz(3) not null,
  accepted_at timestamptz(3),
  accepted_by uuid,
  revoked_at timestamptz(3),
  constraint invitation_pkey primary key (id),
  constraint invitation_email_lower_case check (email = lower(email))
);
create unique index invitation_secret_hash_key on invitation (secret_hash);
create index invitation_organisation_id_created_at_idx on invitation (organisation_id, created_at);

-- What a token may do is what its role allows in its scope, and never more than its owner may at that moment.
create table api_token (
  id uuid not null,
  organisation_id uuid not null,
  person_id uuid not null,
  name text not null,
  secret_hash bytea not null,
  role_id text not null,
  scope jsonb not null,
  created_at timestamptz(3) not null default current_timestamp,
  expires_at timestamptz(3) not null,
  last_used_at timestamptz(3),
  last_used_ip text not null default '',
  revoked_at timestamptz(3),
  revoked_by uuid,
  constraint api_token_pkey primary key (id)
);
create unique index api_token_secret_hash_key on api_token (secret_hash);
create index api_token_organisation_id_person_id_idx on api_token (organisation_id, person_id);

-- Between two steps of a sign-in: of the token only the SHA-256. Taken once.
create table sign_in_ticket (
  token_hash bytea not null,
  kind text not null,
  data jsonb not null,
  created_at timestamptz(3) not null default current_timestamp,
  expires_at timestamptz(3) not null,
  constraint sign_in_ticket_pkey primary key (token_hash)
);
create index sign_in_ticket_expires_at_idx on sign_in_ticket (expires_at);

-- Attempts in the window that began at `since`, by the SHA-256 of what is limited (an e-mail, an address, a person).
create table sign_in_attempt (
  key_hash bytea not null,
  since timestamptz(3) not null,
  attempts integer not null,
  constraint sign_in_attempt_pkey primary key (key_hash)
);
create index sign_in_attempt_since_idx on sign_in_attempt (since);

alter table sign_in_session add column proof text not null default 'password';
alter table sign_in_session add column provider_id uuid;
alter table sign_in_session add column provider_organisation_id uuid;
alter table sign_in_session add column id_token_sealed bytea;
alter table sign_in_session add column second_factor boolean not null default false;
alter table sign_in_session add column view_as uuid;
alter table sign_in_session add constraint sign_in_session_proof
  check (proof in ('password', 'provider') and (proof = 'provider') = (provider_id is not null));

-- The clusters that a revision's selector matched when it was saved: there the policy lies, for who may read or write it
-- in some clusters alone, until it is applied.
alter table policy_revision add column cluster_ids uuid[] not null default array[]::uuid[];

-- ---- the audit log as a chain ----------------------------------------------------------------------------------------

-- Entries from before the chain have neither; every later one has all three.
alter table audit_entry add column seq bigint;
alter table audit_entry add column prev_hash text;
alter table audit_entry add column hash text;
alter table audit_entry add constraint audit_entry_chained
  check ((seq is null) = (hash is null) and (seq is null) = (prev_hash is null));
create unique index audit_entry_organisation_id_seq_key on audit_entry (organisation_id, seq);
-- For filters, and for the lists of what can be filtered by.
create index audit_entry_organisation_id_action_id_idx on audit_entry (organisation_id, action, id);
create index audit_entry_organisation_id_actor_id_id_idx on audit_entry (organisation_id, actor_id, id);
create index audit_entry_organisation_id_at_idx on audit_entry (organisation_id, at);

create table audit_head (
  organisation_id uuid not null,
  seq bigint not null,
  hash text not null,
  constraint audit_head_pkey primary key (organisation_id)
);

-- ---- from one role a membership to bindings --------------------------------------------------------------------------

alter table membership add column joined_by text not null default 'local';
alter table membership add column last_sign_in_at timestamptz(3);
alter table membership add constraint membership_joined_by
  check (joined_by in ('local', 'invitation', 'group', 'provider', 'file'));

-- The owner of the tables is confined too; these three see all for the length of this move.
grant insert on role_binding to isthmus_lookup;
set role isthmus_lookup;
insert into role_binding (id, organisation_id, role_id, person_id, scope)
  select gen_random_uuid(), m.organisation_id, r.role_id, m.person_id, everywhere()
  from membership m
  join (values ('owner', 'owner'), ('operator', 'platform-operator'), ('operator', 'security-engineer'),
               ('viewer', 'viewer')) as r (was, role_id) on r.was = m.role;
-- Who owned the only organisation administers the installation.
insert into membership (organisation_id, person_id, role)
  select '00000000-0000-4000-8000-000000000001', m.person_id, ''
  from membership m
  where m.role = 'owner' and (select count(*) from organisation where kind = 'ordinary') = 1;
insert into role_binding (id, organisation_id, role_id, person_id, scope)
  select gen_random_uuid(), m.organisation_id, 'installation-administrator', m.person_id, everywhere()
  from membership m where m.organisation_id = '00000000-0000-4000-8000-000000000001';
reset role;
revoke insert on role_binding from isthmus_lookup;
alter table membership drop column role;

-- ---- foreign keys ----------------------------------------------------------------------------------------------------

alter table identity_provider add constraint identity_provider_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete restrict on update restrict;
alter table person_identity add constraint person_identity_organisation_id_provider_id_fkey
  foreign key (organisation_id, provider_id) references identity_provider (organisation_id, id) on delete cascade on update restrict;
alter table person_identity add constraint person_identity_person_id_fkey
  foreign key (person_id) references person (id) on delete restrict on update restrict;
alter table person_group add constraint person_group_organisation_id_person_id_fkey
  foreign key (organisation_id, person_id) references membership (organisation_id, person_id) on delete cascade on update restrict;
alter table person_totp add constraint person_totp_person_id_fkey
  foreign key (person_id) references person (id) on delete cascade on update restrict;
alter table recovery_code add constraint recovery_code_person_id_fkey
  foreign key (person_id) references person (id) on delete cascade on update restrict;
alter table role add constraint role_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete restrict on update restrict;
alter table role_binding add constraint role_binding_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete restrict on update restrict;
alter table role_binding add constraint role_binding_organisation_id_person_id_fkey
  foreign key (organisation_id, person_id) references membership (organisation_id, person_id) on delete cascade on update restrict;
alter table invitation add constraint invitation_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete restrict on update restrict;
alter table api_token add constraint api_token_organisation_id_person_id_fkey
  foreign key (organisation_id, person_id) references membership (organisation_id, person_id) on delete cascade on update restrict;
alter table audit_head add constraint audit_head_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete restrict on update restrict;

-- ---- row-level security ----------------------------------------------------------------------------------------------

do $$
declare
  owned text;
begin
  foreach owned in array array[
    'identity_provider', 'person_identity', 'person_group', 'role', 'role_binding', 'invitation', 'api_token',
    'audit_head'
  ] loop
    execute format('alter table %I enable row level security', owned);
    execute format('alter table %I force row level security', owned);
    execute format('create policy of_organisation on %I using (organisation_id = current_organisation())
                    with check (organisation_id = current_organisation())', owned);
  end loop;
  -- As persons: seen by the organisations that have them as a member.
  foreach owned in array array['person_totp', 'recovery_code'] loop
    execute format('alter table %I enable row level security', owned);
    execute format('alter table %I force row level security', owned);
    execute format('create policy of_organisation on %1$I
                    using (exists (select from membership m where m.person_id = %1$I.person_id))
                    with check (exists (select from membership m where m.person_id = %1$I.person_id))', owned);
  end loop;
  -- Of no organisation: reached by the functions below alone.
  foreach owned in array array['sign_in_ticket', 'sign_in_attempt'] loop
    execute format('alter table %I enable row level security', owned);
    execute format('alter table %I force row level security', owned);
    execute format('create policy of_lookups on %I to isthmus_lookup using (true) with check (true)', owned);
    execute format('grant select, insert, update, delete on %I to isthmus_lookup', owned);
  end loop;
end
$$;

grant select, insert, update, delete on identity_provider, person_identity, person_group, person_totp, recovery_code,
  role, role_binding to isthmus_app;
grant select, insert, update on invitation, api_token, audit_head to isthmus_app;
grant delete on membership to isthmus_app;
grant select on sign_in_ticket, sign_in_attempt to isthmus_app; -- row-level security shows it none of their rows

grant select, insert on role_binding to isthmus_lookup;
grant select on identity_provider, person_group, invitation, api_token, person_totp, person_identity to isthmus_lookup;
grant update (revoked_at) on sign_in_session to isthmus_lookup;
grant update (password_hash, must_change_password) on person to isthmus_lookup;
grant delete on person_totp, recovery_code to isthmus_lookup;
grant select on recovery_code to isthmus_lookup;
create policy of_lookups on identity_provider for select to isthmus_lookup using (true);
create policy of_lookups on person_identity for select to isthmus_lookup using (true);
create policy of_lookups on person_group for select to isthmus_lookup using (true);
create policy of_lookups_delete on person_group for delete to isthmus_lookup using (true);
grant delete on person_group, role_binding to isthmus_lookup;
create policy of_lookups on invitation for select to isthmus_lookup using (true);
create policy of_lookups on api_token for select to isthmus_lookup using (true);
create policy of_lookups on person_totp for select to isthmus_lookup using (true);
create policy of_lookups_anew on person_totp for delete to isthmus_lookup using (true);
create policy of_lookups_anew on recovery_code for delete to isthmus_lookup using (true);
create policy of_lookups on recovery_code for select to isthmus_lookup using (true);
create policy of_lookups on role_binding to isthmus_lookup using (true) with check (true);
create policy of_lookups_revoke on sign_in_session for update to isthmus_lookup using (true) with check (true);

-- ---- the revision of access ------------------------------------------------------------------------------------------

create function bump_access_revision() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_organisation uuid := coalesce(new.organisation_id, old.organisation_id);
begin
  update public.organisation set access_revision = access_revision + 1 where id = v_organisation;
  perform pg_notify('isthmus', json_build_object('organisation', v_organisation, 'topic', 'access', 'id', '')::text);
  return null;
end
$$;

do $$
declare
  deciding text;
begin
  foreach deciding in array array['role', 'role_binding', 'person_group'] loop
    execute format('create trigger access_changed after insert or update or delete on %I
                    for each row execute function bump_access_revision()', deciding);
  end loop;
end
$$;
create trigger access_changed after insert or delete or update of disabled_at on membership
  for each row execute function bump_access_revision();
create trigger access_changed after insert or delete or update of name, labels, region, jurisdiction, deleted_at on cluster
  for each row execute function bump_access_revision();

-- ---- look-ups --------------------------------------------------------------------------------------------------------

create function installation() returns uuid language sql immutable as $$
  select '00000000-0000-4000-8000-000000000001'::uuid
$$;

create function find_sign_in_session(p_token_hash bytea)
returns table (
  id uuid, organisation_id uuid, organisation_name text, organisation_kind text, access_revision bigint,
  requires_own_provider boolean, deletion_due_at timestamptz, person_id uuid, email text, display_name text,
  must_change_password boolean,
  membership_disabled_at timestamptz, proof text, provider_id uuid, provider_organisation_id uuid,
  provider_enabled boolean, second_factor boolean, view_as uuid, created_at timestamptz, last_seen_at timestamptz,
  expires_at timestamptz, revoked_at timestamptz
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select s.id, s.organisation_id, o.name, o.kind, o.access_revision, o.requires_own_provider, o.deletion_due_at,
         s.person_id, p.email, p.display_name, p.must_change_password, m.disabled_at, s.proof, s.provider_id, s.provider_organisation_id,
         coalesce(i.enabled, false), s.second_factor, s.view_as, s.created_at, s.last_seen_at, s.expires_at, s.revoked_at
  from public.sign_in_session s
  join public.organisation o on o.id = s.organisation_id
  join public.person p on p.id = s.person_id
  join public.membership m on m.organisation_id = s.organisation_id and m.person_id = s.person_id
  left join public.identity_provider i on i.id = s.provider_id
  where s.token_hash = p_token_hash
$$;

create function find_api_token(p_secret_hash bytea)
returns table (
  id uuid, organisation_id uuid, organisation_name text, organisation_kind text, access_revision bigint,
  deletion_due_at timestamptz, person_id uuid, email text, display_name text, membership_disabled_at timestamptz, name text, role_id text, scope jsonb,
  expires_at timestamptz, last_used_at timestamptz, revoked_at timestamptz
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.id, t.organisation_id, o.name, o.kind, o.access_revision, o.deletion_due_at, t.person_id, p.email, p.display_name,
         m.disabled_at, t.name, t.role_id, t.scope, t.expires_at, t.last_used_at, t.revoked_at
  from public.api_token t
  join public.organisation o on o.id = t.organisation_id
  join public.person p on p.id = t.person_id
  join public.membership m on m.organisation_id = t.organisation_id and m.person_id = t.person_id
  where t.secret_hash = p_secret_hash
$$;

-- Which sessions and tokens of an organisation are worth something now: asked again and again for open streams.
create function list_live_credentials(p_organisation uuid, p_ids uuid[], p_now timestamptz)
returns table (id uuid, access_revision bigint, view_as uuid)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select s.id, o.access_revision, s.view_as
  from public.sign_in_session s
  join public.organisation o on o.id = s.organisation_id
  join public.membership m on m.organisation_id = s.organisation_id and m.person_id = s.person_id
  left join public.identity_provider i on i.id = s.provider_id
  where s.organisation_id = p_organisation and s.id = any (p_ids) and s.revoked_at is null and s.expires_at > p_now
    and m.disabled_at is null and (o.deletion_due_at is null or o.deletion_due_at > p_now)
    and (s.proof = 'password' or coalesce(i.enabled, false))
    and (not o.requires_own_provider or s.provider_organisation_id is not distinct from o.id)
  union all
  select t.id, o.access_revision, null
  from public.api_token t
  join public.organisation o on o.id = t.organisation_id
  join public.membership m on m.organisation_id = t.organisation_id and m.person_id = t.person_id
  where t.organisation_id = p_organisation and t.id = any (p_ids) and t.revoked_at is null and t.expires_at > p_now
    and m.disabled_at is null and (o.deletion_due_at is null or o.deletion_due_at > p_now)
$$;

-- One row for each organisation the person is an active member of; ordinary ones first, the oldest membership first.
create function find_person_by_email(p_email text)
returns table (
  person_id uuid, email text, display_name text, password_hash text, must_change_password boolean,
  has_second_factor boolean, organisation_id uuid, organisation_name text, organisation_kind text,
  requires_own_provider boolean, last_sign_in_at timestamptz
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.id, p.email, p.display_name, p.password_hash, p.must_change_password,
         exists (select from public.person_totp t where t.person_id = p.id and t.confirmed_at is not null),
         o.id, o.name, o.kind, o.requires_own_provider, m.last_sign_in_at
  from public.person p
  join public.membership m on m.person_id = p.id and m.disabled_at is null
  join public.organisation o on o.id = m.organisation_id
  where p.email = lower(p_email)
  order by o.kind desc, m.created_at, o.id
$$;

-- The organisations of a person, for the switcher.
create function list_memberships(p_person uuid)
returns table (
  organisation_id uuid, organisation_name text, organisation_kind text, requires_own_provider boolean,
  deletion_due_at timestamptz, last_sign_in_at timestamptz
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select o.id, o.name, o.kind, o.requires_own_provider, o.deletion_due_at, m.last_sign_in_at
  from public.membership m join public.organisation o on o.id = m.organisation_id
  where m.person_id = p_person and m.disabled_at is null
  order by o.kind desc, o.name, o.id
$$;

-- Organisations that a provider's answer may make somebody a member of: where one of the groups holds a role (`by_group`),
-- where the address, if the provider's word on it counts, was invited, and the provider's own, for a provider for all the
-- only one. What wants its own provider is joined through that alone.
create function list_organisations_to_join(p_provider uuid, p_groups text[], p_email text, p_now timestamptz)
returns table (
  organisation_id uuid, organisation_name text, organisation_kind text, by_group boolean, invitation_id uuid
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select o.id, o.name, o.kind, g.holds, v.id
  from public.identity_provider i
  join public.organisation io on io.id = i.organisation_id
  join public.organisation o on o.id = io.id or (io.kind = 'installation' and not o.requires_own_provider)
  cross join lateral (
    select exists (select from public.role_binding b where b.organisation_id = o.id and b.provider_id = i.id
                   and b.group_name = any (p_groups)) as holds
  ) g
  left join lateral (
    select n.id from public.invitation n
    where n.organisation_id = o.id and n.email = lower(p_email) and n.accepted_at is null and n.revoked_at is null
      and n.expires_at > p_now
    order by n.created_at desc limit 1
  ) v on true
  where i.id = p_provider and (g.holds or v.id is not null or (o.kind = 'ordinary' and (
    o.id = io.id or (select count(*) from public.organisation each where each.kind = 'ordinary') = 1)))
  order by o.kind desc, o.name, o.id
$$;

-- Providers that a sign-in page may offer: those shown, and those of an e-mail's domain.
create function list_sign_in_providers(p_domain text)
returns table (id uuid, name text, organisation_id uuid, organisation_name text, organisation_kind text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select i.id, i.name, o.id, o.name, o.kind
  from public.identity_provider i join public.organisation o on o.id = i.organisation_id
  where i.enabled and (i.shown or lower(p_domain) = any (i.domains))
  order by o.kind, i.name, i.id
$$;

create function find_identity_provider(p_id uuid)
returns table (
  id uuid, organisation_id uuid, organisation_name text, organisation_kind text, name text, issuer text,
  client_id text, client_secret_sealed bytea, scopes text[], email_claim text, name_claim text, groups_claim text,
  emails_verified boolean, join_rule text, enabled boolean
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select i.id, o.id, o.name, o.kind, i.name, i.issuer, i.client_id, i.client_secret_sealed, i.scopes, i.email_claim,
         i.name_claim, i.groups_claim, i.emails_verified, i.join_rule, i.enabled
  from public.identity_provider i join public.organisation o on o.id = i.organisation_id
  where i.id = p_id
$$;

-- Whom a provider means: the person its subject is linked with, else the one who has that address.
create function find_person_for_provider(p_provider uuid, p_subject text, p_email text)
returns table (person_id uuid, email text, display_name text, linked boolean, has_password boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.id, p.email, p.display_name, i.subject is not null, p.password_hash is not null
  from public.person p
  left join public.person_identity i on i.person_id = p.id and i.provider_id = p_provider and i.subject = p_subject
  where i.subject is not null or p.email = lower(p_email)
  order by i.subject is not null desc limit 1
$$;

create function find_invitation(p_secret_hash bytea)
returns table (
  id uuid, organisation_id uuid, organisation_name text, requires_own_provider boolean, email text, role_id text,
  expires_at timestamptz, accepted_at timestamptz, revoked_at timestamptz
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select v.id, v.organisation_id, o.name, o.requires_own_provider, v.email, v.role_id, v.expires_at, v.accepted_at,
         v.revoked_at
  from public.invitation v join public.organisation o on o.id = v.organisation_id
  where v.secret_hash = p_secret_hash
$$;

create function list_person_sessions(p_person uuid)
returns table (
  id uuid, organisation_id uuid, organisation_name text, proof text, provider_name text, second_factor boolean,
  created_at timestamptz, last_seen_at timestamptz, expires_at timestamptz, ip text, user_agent text
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select s.id, s.organisation_id, o.name, s.proof, i.name, s.second_factor, s.created_at, s.last_seen_at, s.expires_at,
         s.ip, s.user_agent
  from public.sign_in_session s join public.organisation o on o.id = s.organisation_id
  left join public.identity_provider i on i.id = s.provider_id
  where s.person_id = p_person and s.revoked_at is null
  order by s.last_seen_at desc, s.id
$$;

-- Ends sessions of a person in every organisation: one (p_only), all but one (p_except), or all; announces each.
create function revoke_person_sessions(p_person uuid, p_only uuid, p_except uuid, p_at timestamptz)
returns table (id uuid, organisation_id uuid)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  for id, organisation_id in
    update public.sign_in_session s set revoked_at = p_at
    where s.person_id = p_person and s.revoked_at is null and (p_only is null or s.id = p_only)
      and (p_except is null or s.id <> p_except)
    returning s.id, s.organisation_id
  loop
    perform pg_notify('isthmus', json_build_object('organisation', organisation_id, 'topic', 'session', 'id', id)::text);
    return next;
  end loop;
end
$$;

-- What a provider of this transaction's organisation brought about, everywhere, ends: the sessions that it proved and the
-- groups that it said; with p_bindings, the roles of its groups too. Announces each session; returns how many there were.
create function end_provider(p_provider uuid, p_bindings boolean, p_at timestamptz)
returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  ended record;
  v_count bigint := 0;
begin
  if not exists (select from public.identity_provider i
                 where i.id = p_provider and i.organisation_id = public.current_organisation()) then
    raise exception 'end_provider is for the provider''s organisation' using errcode = 'insufficient_privilege';
  end if;
  for ended in
    update public.sign_in_session s set revoked_at = p_at
    where s.provider_id = p_provider and s.revoked_at is null
    returning s.id, s.organisation_id
  loop
    perform pg_notify('isthmus', json_build_object(
      'organisation', ended.organisation_id, 'topic', 'session', 'id', ended.id)::text);
    v_count := v_count + 1;
  end loop;
  delete from public.person_group g where g.provider_id = p_provider;
  if p_bindings then
    delete from public.role_binding b where b.provider_id = p_provider;
  end if;
  return v_count;
end
$$;

create function put_sign_in_ticket(p_token_hash bytea, p_kind text, p_data jsonb, p_now timestamptz, p_expires timestamptz)
returns void language sql security definer set search_path = pg_catalog, pg_temp as $$
  delete from public.sign_in_ticket where expires_at < p_now;
  insert into public.sign_in_ticket (token_hash, kind, data, created_at, expires_at)
  values (p_token_hash, p_kind, p_data, p_now, p_expires);
$$;

-- Takes a ticket: the second who asks gets nothing.
create function take_sign_in_ticket(p_token_hash bytea, p_kind text, p_now timestamptz)
returns jsonb language sql security definer set search_path = pg_catalog, pg_temp as $$
  with taken as (
    delete from public.sign_in_ticket where token_hash = p_token_hash and kind = p_kind returning data, expires_at
  )
  select data from taken where expires_at > p_now
$$;

-- Counts an attempt under each key that still allows one; returns the seconds to wait (0: go on, and it was counted).
-- A key is always asked about with the same window, at most a day.
create function count_attempts(p_keys bytea[], p_allowed integer[], p_window interval, p_now timestamptz)
returns double precision language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_wait double precision;
begin
  delete from public.sign_in_attempt where since < p_now - interval '1 day';
  -- In one order, so that two who count the same keys do not wait for each other in a circle; and inserted first, so that
  -- the row that a first attempt makes is locked as well.
  insert into public.sign_in_attempt (key_hash, since, attempts)
  select k.key_hash, p_now, 0 from unnest(p_keys) as k (key_hash) order by k.key_hash
  on conflict (key_hash) do update
    set since = case when sign_in_attempt.since <= p_now - p_window then p_now else sign_in_attempt.since end,
        attempts = case when sign_in_attempt.since <= p_now - p_window then 0 else sign_in_attempt.attempts end;
  select coalesce(max(extract(epoch from a.since + p_window - p_now)), 0) into v_wait
  from unnest(p_keys, p_allowed) as k (key_hash, allowed)
  join public.sign_in_attempt a on a.key_hash = k.key_hash and a.attempts >= k.allowed;
  if v_wait > 0 then
    return v_wait;
  end if;
  update public.sign_in_attempt set attempts = attempts + 1 where key_hash = any (p_keys);
  return 0;
end
$$;

create function clear_attempts(p_key bytea)
returns void language sql security definer set search_path = pg_catalog, pg_temp as $$
  delete from public.sign_in_attempt where key_hash = p_key
$$;

create function list_organisations_for_jobs()
returns table (id uuid, name text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select o.id, o.name from public.organisation o where o.kind = 'ordinary' order by o.created_at, o.id
$$;

-- Makes the first organisation and its owner, who also administers the installation; null where one exists.
create function bootstrap_owner(
  p_organisation uuid, p_organisation_name text, p_person uuid, p_email text, p_display_name text,
  p_password_hash text, p_must_change_password boolean
)
returns uuid language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('isthmus.bootstrap_owner', 0));
  if exists (select from public.organisation where kind = 'ordinary') then
    return null;
  end if;
  insert into public.organisation (id, name) values (p_organisation, p_organisation_name);
  insert into public.person (id, email, display_name, password_hash, must_change_password)
  values (p_person, lower(p_email), p_display_name, p_password_hash, p_must_change_password);
  insert into public.membership (organisation_id, person_id)
  values (p_organisation, p_person), (public.installation(), p_person);
  insert into public.role_binding (id, organisation_id, role_id, person_id, scope)
  values (gen_random_uuid(), p_organisation, 'owner', p_person, public.everywhere()),
         (gen_random_uuid(), public.installation(), 'installation-administrator', p_person, public.everywhere());
  return p_organisation;
end
$$;

-- Makes a person a member of this transaction's organisation, with a role everywhere where one is given, and returns
-- their id: a new person with the given id, or the one who already has that address (whose name and password stay theirs).
create function add_member(
  p_person uuid, p_email text, p_display_name text, p_password_hash text, p_must_change_password boolean, p_role text,
  p_joined_by text default 'local'
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
  insert into public.membership (organisation_id, person_id, joined_by) values (v_organisation, v_person, p_joined_by);
  if p_role is not null then
    insert into public.role_binding (id, organisation_id, role_id, person_id, scope)
    values (gen_random_uuid(), v_organisation, p_role, v_person, public.everywhere());
  end if;
  return v_person;
end
$$;

-- Gives a person who belonged to no organisation any more, and was just made a member of this transaction's, a new
-- password and no second factor. False, and nothing done, where anybody else has to do with the account: a membership
-- elsewhere, shut out or not, or a provider that knows the person. Whoever holds an invitation must not take it over.
create function begin_account_anew(p_person uuid, p_password_hash text)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if public.current_organisation() is null
     or exists (select from public.membership m
                where m.person_id = p_person and m.organisation_id <> public.current_organisation())
     or exists (select from public.person_identity i where i.person_id = p_person)
     or not exists (select from public.membership m
                    where m.person_id = p_person and m.organisation_id = public.current_organisation()) then
    return false;
  end if;
  delete from public.person_totp t where t.person_id = p_person;
  delete from public.recovery_code c where c.person_id = p_person;
  update public.person set password_hash = p_password_hash, must_change_password = false where id = p_person;
  return true;
end
$$;

-- For the installation alone: organisations from outside, and how a new one comes to be.
create function list_organisations()
returns table (
  id uuid, name text, created_at timestamptz, members bigint, deletion_requested_at timestamptz, deletion_due_at timestamptz
)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  if public.current_organisation() is distinct from public.installation() then
    raise exception 'list_organisations is for the installation' using errcode = 'insufficient_privilege';
  end if;
  return query
    select o.id, o.name, o.created_at,
           (select count(*) from public.membership m where m.organisation_id = o.id and m.disabled_at is null),
           o.deletion_requested_at, o.deletion_due_at
    from public.organisation o where o.kind = 'ordinary' order by o.name, o.id;
end
$$;

create function create_organisation(p_organisation uuid, p_name text)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if public.current_organisation() is distinct from public.installation() then
    raise exception 'create_organisation is for the installation' using errcode = 'insufficient_privilege';
  end if;
  insert into public.organisation (id, name) values (p_organisation, p_name);
end
$$;

-- ---- deletion of an organisation whose time has come -----------------------------------------------------------------

create or replace function refuse_change() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- purge_organisation() alone acts as this role, and row-level security lets it reach nothing that is not due.
  if tg_op = 'DELETE' and current_user = 'isthmus_lookup' then
    return null;
  end if;
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end
$$;

do $$
declare
  owned text;
begin
  foreach owned in array array[
    'membership', 'sign_in_session', 'cluster', 'cluster_session', 'enrolment_grant', 'agent_credential',
    'refused_connection', 'inventory_object', 'identity_publication', 'tier', 'policy', 'policy_revision',
    'policy_application', 'desired_state', 'desired_resource', 'resource_status', 'published_set', 'topology_edge',
    'job_cursor', 'audit_entry', 'setting', 'identity_provider', 'person_identity', 'person_group', 'role',
    'role_binding', 'invitation', 'api_token', 'audit_head'
  ] loop
    execute format('grant select, delete on %I to isthmus_lookup', owned);
    execute format('create policy of_purge on %I for delete to isthmus_lookup using (exists (
                      select from organisation o where o.id = organisation_id and o.deletion_due_at <= now()))', owned);
    if not exists (select from pg_policy p where p.polrelid = owned::regclass and p.polname = 'of_lookups') then
      execute format('create policy of_purge_select on %I for select to isthmus_lookup using (exists (
                        select from organisation o where o.id = organisation_id and o.deletion_due_at <= now()))', owned);
    end if;
  end loop;
end
$$;
grant delete on organisation, person to isthmus_lookup;

-- Deletes everything of an organisation whose deletion is due, and the persons who belong to none any more; false where
-- it is not due. Its evidence is deleted by the caller beforehand.
create function purge_organisation(p_organisation uuid)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  owned text;
  v_persons uuid[];
begin
  perform from public.organisation o
  where o.id = p_organisation and o.kind = 'ordinary' and o.deletion_due_at <= now() for update;
  if not found then
    return false;
  end if;
  select coalesce(array_agg(m.person_id), '{}') into v_persons from public.membership m
  where m.organisation_id = p_organisation;
  foreach owned in array array[
    'setting', 'audit_entry', 'audit_head', 'job_cursor', 'topology_edge', 'published_set', 'resource_status',
    'desired_resource', 'desired_state', 'policy_application', 'policy_revision', 'policy', 'tier',
    'identity_publication', 'inventory_object', 'refused_connection', 'agent_credential', 'enrolment_grant',
    'cluster_session', 'cluster', 'api_token', 'invitation', 'role_binding', 'role', 'person_group', 'person_identity',
    'identity_provider', 'sign_in_session', 'membership'
  ] loop
    execute format('delete from public.%I where organisation_id = $1', owned) using p_organisation;
  end loop;
  delete from public.organisation where id = p_organisation;
  delete from public.person p where p.id = any (v_persons)
    and not exists (select from public.membership m where m.person_id = p.id)
    and not exists (select from public.person_identity i where i.person_id = p.id);
  return true;
end
$$;

create function list_organisations_due(p_now timestamptz)
returns table (id uuid, name text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select o.id, o.name from public.organisation o where o.deletion_due_at <= p_now order by o.id
$$;

-- ---- who may call them -----------------------------------------------------------------------------------------------

do $$
declare
  looked_up regprocedure;
begin
  foreach looked_up in array array[
    'list_live_credentials(uuid,uuid[],timestamptz)',
    'find_sign_in_session(bytea)', 'find_api_token(bytea)', 'find_person_by_email(text)', 'list_memberships(uuid)',
    'list_organisations_to_join(uuid,text[],text,timestamptz)', 'list_sign_in_providers(text)', 'find_identity_provider(uuid)',
    'find_invitation(bytea)', 'list_person_sessions(uuid)', 'list_organisations_for_jobs()',
    'bootstrap_owner(uuid,text,uuid,text,text,text,boolean)',
    'revoke_person_sessions(uuid,uuid,uuid,timestamptz)', 'end_provider(uuid,boolean,timestamptz)',
    'find_person_for_provider(uuid,text,text)',
    'put_sign_in_ticket(bytea,text,jsonb,timestamptz,timestamptz)', 'take_sign_in_ticket(bytea,text,timestamptz)',
    'count_attempts(bytea[],integer[],interval,timestamptz)', 'clear_attempts(bytea)',
    'add_member(uuid,text,text,text,boolean,text,text)', 'begin_account_anew(uuid,text)', 'list_organisations()', 'create_organisation(uuid,text)',
    'purge_organisation(uuid)', 'list_organisations_due(timestamptz)'
  ]::regprocedure[] loop
    execute format('revoke all on function %s from public', looked_up);
    execute format('grant execute on function %s to isthmus_app', looked_up);
    execute format('alter function %s owner to isthmus_lookup', looked_up);
  end loop;
end
$$;

revoke create on schema public from isthmus_lookup;
