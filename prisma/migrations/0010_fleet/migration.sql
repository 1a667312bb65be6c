-- Why a session's agent cannot be sent what its cluster should hold; empty: it can.
alter table cluster_session add column undelivered text not null default '';
