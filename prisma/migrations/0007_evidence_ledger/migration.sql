-- What of each cluster's evidence is stored, and what is being stored now: so that each record is stored once, whichever
-- gateway brings it and however long another was away.

-- An insert into ClickHouse that was begun and of which it is not yet known how it ended.
create table evidence_insert (
  id uuid not null,
  organisation_id uuid not null,
  gateway_id text not null,
  -- By ClickHouse's clock: an insert that has not begun by then is refused there.
  deadline timestamptz(3) not null,
  opened_at timestamptz(3) not null default current_timestamp,
  -- The batches in it: cluster, incarnation, bucket, part, parts, correction, build, rows.
  entries jsonb not null,
  constraint evidence_insert_pkey primary key (id)
);
create unique index evidence_insert_organisation_id_id_key on evidence_insert (organisation_id, id);
create index evidence_insert_organisation_id_deadline_idx on evidence_insert (organisation_id, deadline);
-- It goes with its organisation: referential actions pass row-level security.
alter table evidence_insert add constraint evidence_insert_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete cascade on update restrict;

-- One row a cluster whose evidence is known here; whoever changes what is known of it holds the row.
create table evidence_ledger (
  cluster_id uuid not null,
  organisation_id uuid not null,
  -- The insert that holds batches of this cluster; none other may begin.
  open_insert uuid,
  constraint evidence_ledger_pkey primary key (cluster_id)
);
create unique index evidence_ledger_organisation_id_cluster_id_key on evidence_ledger (organisation_id, cluster_id);
create index evidence_ledger_organisation_id_open_insert_idx on evidence_ledger (organisation_id, open_insert);
-- It goes with its cluster, also when an organisation is deleted: referential actions pass row-level security.
alter table evidence_ledger add constraint evidence_ledger_organisation_id_cluster_id_fkey
  foreign key (organisation_id, cluster_id) references cluster (organisation_id, id) on delete cascade on update restrict;

-- What of one incarnation of a cluster's source is stored or known to be lost. Ranges are [from, to) in Unix seconds.
create table evidence_progress (
  cluster_id uuid not null,
  organisation_id uuid not null,
  incarnation text not null,
  stored jsonb not null default '[]',
  lost jsonb not null default '[]',
  -- Buckets of which some parts are stored: bucket, build, parts, stored, rows.
  partial jsonb not null default '[]',
  -- Additions of old agents that are stored: "bucket/correction/part".
  additions jsonb not null default '[]',
  -- End of the newest bucket in any of them, in Unix seconds.
  through bigint not null default 0,
  constraint evidence_progress_pkey primary key (cluster_id, incarnation)
);
create unique index evidence_progress_organisation_id_cluster_id_incarnation_key
  on evidence_progress (organisation_id, cluster_id, incarnation);
alter table evidence_progress add constraint evidence_progress_organisation_id_cluster_id_fkey
  foreign key (organisation_id, cluster_id) references evidence_ledger (organisation_id, cluster_id)
  on delete cascade on update restrict;

alter table evidence_insert enable row level security;
alter table evidence_insert force row level security;
create policy of_organisation on evidence_insert using (organisation_id = current_organisation())
  with check (organisation_id = current_organisation());
grant select, insert, update, delete on evidence_insert to isthmus_app;
alter table evidence_ledger enable row level security;
alter table evidence_ledger force row level security;
create policy of_organisation on evidence_ledger using (organisation_id = current_organisation())
  with check (organisation_id = current_organisation());
grant select, insert, update, delete on evidence_ledger to isthmus_app;
alter table evidence_progress enable row level security;
alter table evidence_progress force row level security;
create policy of_organisation on evidence_progress using (organisation_id = current_organisation())
  with check (organisation_id = current_organisation());
grant select, insert, update, delete on evidence_progress to isthmus_app;
