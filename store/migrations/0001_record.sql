-- The record: settings, keys, what happened (event), who did it (activity).

create table setting (
  key text primary key,
  value text not null
) strict;

create table data_key (
  kid text primary key,
  wrapped blob not null,
  created_at text not null,
  retired_at text
) strict;

-- What changed, for screens and the worker: read `seq > last` when data_version moves. Pruned from the old end.
create table event (
  seq integer primary key autoincrement,
  at text not null,
  topic text not null,
  key text not null
) strict;

-- Who did what: append-only, each entry carries the hash of the one before.
create table activity (
  seq integer primary key,
  at text not null,
  actor text not null,
  role text not null,
  via text not null,
  action text not null,
  target text not null,
  detail text not null check (json_valid(detail)),
  prev text not null,
  hash text not null
) strict;

-- Personal values of an entry (before, after): the chain holds only a salted digest of them, so that
-- they can be erased without breaking it.
create table activity_personal (
  seq integer primary key references activity (seq),
  salt text not null,
  detail text not null check (json_valid(detail))
) strict;

create trigger activity_no_update before update on activity begin
  select raise(abort, 'usher|activity-append-only|The activity record is append-only.|Nothing was changed.');
end;
create trigger activity_no_delete before delete on activity begin
  select raise(abort, 'usher|activity-append-only|The activity record is append-only.|Nothing was changed.');
end;

create trigger activity_in_order before insert on activity
when new.seq is not (select coalesce(max(seq), 0) + 1 from activity) or (new.seq > 1 and new.prev is not (select hash from activity order by seq desc limit 1)) begin
  select raise(abort, 'usher|activity-append-only|The activity record grows at its end only.|Nothing was changed.');
end;
create trigger activity_personal_is_not_changed before update on activity_personal begin
  select raise(abort, 'usher|activity-append-only|Personal values of the record can be erased, not changed.|Nothing was changed.');
end;

create table worker (
  id text primary key,
  pid integer not null,
  host text not null,
  kind text not null check (kind in ('serve', 'worker', 'detached')),
  started_at text not null,
  heartbeat_at text not null
) strict;
