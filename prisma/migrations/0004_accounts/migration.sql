-- What a person and an administrator do about an account: providers that are connected and disconnected by hand, a second
-- factor that is taken away, a password that is set anew by a link.

grant create on schema public to isthmus_lookup; -- to own its functions; taken back below

-- When an administrator took the second factor away, and when a link set the password; null once the person has seen it.
alter table person add column second_factor_taken_at timestamptz(3);
alter table person add column password_reset_at timestamptz(3);
-- When a link last set the password; it stays when the person has seen the notice of it.
alter table person add column password_link_used_at timestamptz(3);
grant update (second_factor_taken_at, password_reset_at) on person to isthmus_app, isthmus_lookup;
grant update (password_link_used_at) on person to isthmus_lookup;

-- When the person proved themselves; a session that follows another by a switch of organisation keeps it. Null in
-- sessions from before, which are not recent.
alter table sign_in_session add column proven_at timestamptz(3);
-- What the provider that proved a session calls its own, by which it says that it ended.
alter table sign_in_session add column provider_sid text;
-- By which the sessions are found that it ends.
create index sign_in_session_provider_id_provider_sid_idx on sign_in_session (provider_id, provider_sid)
  where revoked_at is null;

-- ---- connected providers ---------------------------------------------------------------------------------------------

-- The providers that a person may connect in this transaction's organisation, its own and those for all, and as whom they
-- are connected: a row for each subject, one without where there is none. Of those that are not connected only what the
-- sign-in page would offer them: what is shown, and what their address's domain belongs to.
create function list_account_providers(p_person uuid)
returns table (
  id uuid, name text, organisation_id uuid, organisation_kind text, enabled boolean, email text, first_seen_at timestamptz,
  last_seen_at timestamptz
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select i.id, i.name, o.id, o.kind, i.enabled, s.email, s.first_seen_at, s.last_seen_at
  from public.identity_provider i join public.organisation o on o.id = i.organisation_id
  left join public.person_identity s on s.provider_id = i.id and s.person_id = p_person
  where (o.id = public.current_organisation() or o.kind = 'installation') and (s.subject is not null or (i.enabled and (i.shown or exists (
      select from public.person p where p.id = p_person and lower(split_part(p.email, '@', 2)) = any (i.domains)))))
    and exists (select from public.membership m
                where m.organisation_id = public.current_organisation() and m.person_id = p_person)
  order by o.kind, i.name, i.id, s.first_seen_at, s.subject
$$;

-- Takes the subjects of a provider away from a person, with the groups that it said and the sessions that it proved, but
-- for p_session. Refused ('last') where an organisation of theirs is opened by it and by nothing else that they have.
create function disconnect_identity(p_person uuid, p_provider uuid, p_session uuid, p_at timestamptz)
returns table (state text, organisation_name text, emails text[])
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_organisation uuid := public.current_organisation();
  ended record;
begin
  -- Two who disconnect at once wait for each other, so that one way stays.
  perform pg_advisory_xact_lock(hashtextextended('isthmus.identities ' || p_person, 0));
  if not exists (select from public.identity_provider i join public.organisation o on o.id = i.organisation_id
                 where i.id = p_provider and (o.id = v_organisation or o.kind = 'installation'))
     or not exists (select from public.membership m where m.organisation_id = v_organisation and m.person_id = p_person)
     or not exists (select from public.person_identity s where s.provider_id = p_provider and s.person_id = p_person) then
    return query select 'none', null::text, null::text[];
    return;
  end if;
  select o.name into organisation_name
  from public.membership m
  join public.organisation o on o.id = m.organisation_id
  join public.person p on p.id = m.person_id
  where m.person_id = p_person and m.disabled_at is null
    and public.provider_opens(p_provider, o.id)
    and (o.requires_own_provider or p.password_hash is null)
    and not exists (select from public.person_identity s
                    where s.person_id = p_person and s.provider_id <> p_provider
                      and public.provider_opens(s.provider_id, o.id))
  order by o.kind desc, o.name limit 1;
  if found then
    return query select 'last', organisation_name, null::text[];
    return;
  end if;
  select array_agg(s.email order by s.first_seen_at) into emails
  from public.person_identity s where s.provider_id = p_provider and s.person_id = p_person;
  delete from public.person_identity s where s.provider_id = p_provider and s.person_id = p_person;
  delete from public.person_group g where g.provider_id = p_provider and g.person_id = p_person;
  for ended in
    update public.sign_in_session s set revoked_at = p_at
    where s.person_id = p_person and s.provider_id = p_provider and s.id <> p_session and s.revoked_at is null
    returning s.id, s.organisation_id
  loop
    perform pg_notify('isthmus', json_build_object(
      'organisation', ended.organisation_id, 'topic', 'session', 'id', ended.id)::text);
  end loop;
  return query select 'done', null::text, emails;
end
$$;

-- Whether a session that the provider proves is good in the organisation (the rule of the web app's identity.ts).
create function provider_opens(p_provider uuid, p_organisation uuid)
returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from public.identity_provider i join public.organisation io on io.id = i.organisation_id
    join public.organisation o on o.id = p_organisation
    where i.id = p_provider and i.enabled
      and (io.id = o.id or (io.kind = 'installation' and not o.requires_own_provider)))
$$;

create policy of_lookups_disconnect on person_identity for delete to isthmus_lookup using (true);

-- A ticket, which stays to be taken: for a page that shows what it stands for.
create function read_sign_in_ticket(p_token_hash bytea, p_kind text, p_now timestamptz)
returns jsonb language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.data from public.sign_in_ticket t
  where t.token_hash = p_token_hash and t.kind = p_kind and t.expires_at > p_now
$$;

-- ---- accounts that an administrator helps back in --------------------------------------------------------------------

-- Whether this transaction's organisation may help a person back in: 'yes' for its active member whose account nobody else
-- has to do with: no other organisation has them as a member, shut out or not, and no other's provider knows them; in the
-- installation, for everybody who belongs to anything. Else 'elsewhere' or 'no-member'.
create function may_recover(p_person uuid)
returns text language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select case
    when public.current_organisation() = public.installation() then
      case when exists (select from public.membership m where m.person_id = p_person and m.disabled_at is null)
           then 'yes' else 'no-member' end
    when not exists (select from public.membership m
                     where m.person_id = p_person and m.organisation_id = public.current_organisation()
                       and m.disabled_at is null) then 'no-member'
    when exists (select from public.membership m
                 where m.person_id = p_person and m.organisation_id <> public.current_organisation())
      or exists (select from public.person_identity s join public.organisation o on o.id = s.organisation_id
                 where s.person_id = p_person and o.kind = 'ordinary' and o.id <> public.current_organisation())
      then 'elsewhere'
    else 'yes'
  end
$$;

-- Takes a person's second factor and recovery codes away and ends all their sessions; 'none' where there is none, else
-- what may_recover says.
create function take_second_factor(p_person uuid, p_at timestamptz)
returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_may text := public.may_recover(p_person);
begin
  if v_may <> 'yes' then
    return v_may;
  end if;
  delete from public.recovery_code c where c.person_id = p_person;
  delete from public.person_totp t where t.person_id = p_person and t.confirmed_at is not null;
  if not found then
    return 'none';
  end if;
  update public.person set second_factor_taken_at = p_at where id = p_person;
  perform public.revoke_person_sessions(p_person, null, null, p_at);
  return 'yes';
end
$$;

-- The names of the providers that open the account of a person who may be helped, beside their password.
create function list_recovered_providers(p_person uuid)
returns table (name text) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select i.name from public.identity_provider i
  where public.may_recover(p_person) = 'yes'
    and exists (select from public.person_identity s where s.provider_id = i.id and s.person_id = p_person)
  order by i.name, i.id
$$;

-- Withdraws the links that wait to set the password of a person who may be helped.
create function drop_password_links(p_person uuid)
returns void language sql security definer set search_path = pg_catalog, pg_temp as $$
  delete from public.sign_in_ticket t
  where t.kind = 'password-link' and t.data ->> 'personId' = p_person::text and public.may_recover(p_person) = 'yes'
$$;

-- The SHA-256 of the encoded password of a person who may be helped, by which a link knows the password that it replaces;
-- null without one.
create function password_mark(p_person uuid)
returns text language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select encode(sha256(convert_to(p.password_hash, 'UTF8')), 'hex') from public.person p
  where p.id = p_person and public.may_recover(p_person) = 'yes'
$$;

-- Sets a password in place of the one with the mark and ends all sessions; 'changed' where it was changed meanwhile, else
-- what may_recover says now.
create function reset_password(p_person uuid, p_mark text, p_password_hash text, p_at timestamptz)
returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_may text := public.may_recover(p_person);
begin
  if v_may <> 'yes' then
    return v_may;
  end if;
  update public.person p
  set password_hash = p_password_hash, must_change_password = false, password_reset_at = p_at,
      password_link_used_at = p_at
  where p.id = p_person and encode(sha256(convert_to(p.password_hash, 'UTF8')), 'hex') = p_mark;
  if not found then
    return 'changed';
  end if;
  perform public.revoke_person_sessions(p_person, null, null, p_at);
  return 'yes';
end
$$;

-- ---- a provider says that somebody signed out there ------------------------------------------------------------------

-- Ends the sessions that a provider of this transaction's organisation proved, everywhere: those of its session p_sid, and
-- of p_subject those that name no session, or all where p_sid is null. Announces each; returns how many there were.
create function end_provider_sessions(p_provider uuid, p_subject text, p_sid text, p_at timestamptz)
returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  ended record;
  v_count bigint := 0;
begin
  if not exists (select from public.identity_provider i
                 where i.id = p_provider and i.organisation_id = public.current_organisation()) then
    raise exception 'end_provider_sessions is for the provider''s organisation' using errcode = 'insufficient_privilege';
  end if;
  for ended in
    update public.sign_in_session s set revoked_at = p_at
    where s.provider_id = p_provider and s.revoked_at is null and (s.provider_sid = p_sid or (
      (p_sid is null or s.provider_sid is null) and exists (
        select from public.person_identity i
        where i.provider_id = p_provider and i.subject = p_subject and i.person_id = s.person_id)))
    returning s.id, s.organisation_id
  loop
    perform pg_notify('isthmus', json_build_object(
      'organisation', ended.organisation_id, 'topic', 'session', 'id', ended.id)::text);
    v_count := v_count + 1;
  end loop;
  return v_count;
end
$$;

-- ---- who may call them -----------------------------------------------------------------------------------------------

do $$
declare
  looked_up regprocedure;
begin
  foreach looked_up in array array[
    'list_account_providers(uuid)', 'disconnect_identity(uuid,uuid,uuid,timestamptz)',
    'read_sign_in_ticket(bytea,text,timestamptz)', 'may_recover(uuid)', 'take_second_factor(uuid,timestamptz)',
    'password_mark(uuid)', 'list_recovered_providers(uuid)', 'drop_password_links(uuid)',
    'end_provider_sessions(uuid,text,text,timestamptz)', 'reset_password(uuid,text,text,timestamptz)'
  ]::regprocedure[] loop
    execute format('revoke all on function %s from public', looked_up);
    execute format('grant execute on function %s to isthmus_app', looked_up);
    execute format('alter function %s owner to isthmus_lookup', looked_up);
  end loop;
end
$$;

revoke create on schema public from isthmus_lookup;
