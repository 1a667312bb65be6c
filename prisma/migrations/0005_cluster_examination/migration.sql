-- What each cluster's agent found when it last examined its cluster, and whether somebody asked for another examination.
create table cluster_examination (
  cluster_id uuid not null,
  organisation_id uuid not null,
  -- Examinations that were asked for are numbered; the agent answers with the number.
  asked bigint not null default 0,
  asked_at timestamptz(3),
  answered bigint not null default 0,
  -- By the agent's clock; null where none has come yet.
  examined_at timestamptz(3),
  received_at timestamptz(3),
  took_ms integer not null default 0,
  agent_version text not null default '',
  findings jsonb not null default '[]',
  constraint cluster_examination_pkey primary key (cluster_id),
  constraint cluster_examination_findings_check check (octet_length(findings::text) <= 1048576)
);
create unique index cluster_examination_organisation_id_cluster_id_key
  on cluster_examination (organisation_id, cluster_id);
-- It goes with its cluster, also when an organisation is deleted: referential actions pass row-level security.
alter table cluster_examination add constraint cluster_examination_organisation_id_cluster_id_fkey
  foreign key (organisation_id, cluster_id) references cluster (organisation_id, id) on delete cascade on update restrict;

alter table cluster_examination enable row level security;
alter table cluster_examination force row level security;
create policy of_organisation on cluster_examination using (organisation_id = current_organisation())
  with check (organisation_id = current_organisation());
grant select, insert, update, delete on cluster_examination to isthmus_app;
