-- Text in the audit log is found by an index of trigrams. Row-level security keeps a comparison that is not leakproof, as
-- `like`, away from an index, so a function of the look-up role searches and gives ids alone; the lines themselves are
-- read as before, by the role that row-level security confines. Both extensions are trusted: the owner of the database
-- may create them.
create extension if not exists pg_trgm;
create extension if not exists btree_gin;

-- The line breaks keep a text from being found across two columns.
create index audit_entry_search_idx on audit_entry
  using gin (organisation_id, lower(target_name || E'\n' || actor_name || E'\n' || action) gin_trgm_ops);

create policy of_search on audit_entry for select to isthmus_lookup using (true);

grant create on schema public to isthmus_lookup;

-- Ids of the organisation's lines that hold a text in the target's name, the actor's name or the action, whatever its
-- case, and fit what else is asked; null asks nothing. Those after one id and before another, newest or oldest first.
create function find_audit_entries(
  p_text text, p_actor text, p_actions text[], p_target_kind text, p_target_id text, p_from timestamptz,
  p_to timestamptz, p_after bigint, p_before bigint, p_oldest_first boolean, p_limit bigint
) returns setof bigint language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  -- Made anew for every question: the best way to an answer depends on the text.
  return query execute format(
    $q$select e.id from public.audit_entry e
       where e.organisation_id = $1
         and lower(e.target_name || E'\n' || e.actor_name || E'\n' || e.action) like $2
         and ($3 is null or e.actor_id = $3) and ($4 is null or e.action = any ($4))
         and ($5 is null or e.target_kind = $5) and ($6 is null or e.target_id = $6)
         and ($7 is null or e.at >= $7) and ($8 is null or e.at < $8)
         and ($9 is null or e.id > $9) and ($10 is null or e.id < $10)
       order by e.id %s limit $11$q$,
    case when p_oldest_first then 'asc' else 'desc' end)
  using public.current_organisation(), '%' || regexp_replace(lower(p_text), '([\\%_])', '\\\1', 'g') || '%',
    p_actor, p_actions, p_target_kind, p_target_id, p_from, p_to, p_after, p_before, p_limit;
end
$$;

revoke all on function find_audit_entries(
  text, text, text[], text, text, timestamptz, timestamptz, bigint, bigint, boolean, bigint) from public;
grant execute on function find_audit_entries(
  text, text, text[], text, text, timestamptz, timestamptz, bigint, bigint, boolean, bigint) to isthmus_app;
alter function find_audit_entries(
  text, text, text[], text, text, timestamptz, timestamptz, bigint, bigint, boolean, bigint) owner to isthmus_lookup;

revoke create on schema public from isthmus_lookup;
