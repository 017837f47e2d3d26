-- What is done at set times, and who is at it: claimed like a push, so that two workers do not both do it.

create table schedule (
  name text primary key,
  done_for text not null default '', -- the newest time it was due for and was done
  good_at text not null default '',  -- when it was last done, by whomever
  file text not null default '',     -- what that made
  failed_at text not null default '',
  error text not null default '',    -- why the last attempt failed; empty when it did not
  holder text,
  lease_until text                   -- until then it is the holder's; without one, nobody tries again before
) strict;

insert into schedule (name) values ('backup');
