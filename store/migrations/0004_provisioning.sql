-- Accounts at the provider, plans, pushes, their operations, and the journal of every exchange.
-- History (push, operation, exchange, journal) outlives the application it is about.

-- The account of a person at one provider (a provider is a base URL), as last confirmed there.
-- `managed` is 0 for one that was found there and has not yet been set to what is wanted;
-- `doubtful` is 1 after Base URL or Token Key changed: such a row is looked up at the provider before it is believed.
create table account (
  application_id text not null references application (id) on delete cascade,
  provider text not null,
  user_id text not null,
  remote_id text not null,
  username text not null,
  state text not null check (state in ('active', 'inactive', 'gone')),
  attributes text not null check (json_valid(attributes)),
  confirmed_at text not null,
  managed integer not null default 1 check (managed in (0, 1)),
  doubtful integer not null default 0 check (doubtful in (0, 1)),
  primary key (application_id, provider, user_id)
) strict, without rowid;
create unique index account_by_remote on account (application_id, provider, remote_id) where state <> 'gone';

-- What last went wrong for a person at an application, until it goes right; `digest` is of what was wanted,
-- so that automatic pushes try again only when that changes, or after `retry_at` (a seat may have become free).
create table failure (
  application_id text not null references application (id) on delete cascade,
  user_id text not null,
  action text not null,
  digest text not null,
  operation_id text not null,
  status integer,
  detail text not null,
  at text not null,
  retry_at text,
  primary key (application_id, user_id)
) strict, without rowid;

create table push (
  seq integer primary key autoincrement,
  id text not null unique,
  application_id text not null,
  app_label text not null,
  provider text not null,
  kind text not null check (kind in ('manual', 'automatic')),
  state text not null check (state in ('planned', 'held', 'queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled', 'interrupted')),
  scope text check (scope is null or json_valid(scope)),
  planned text not null check (json_valid(planned)),
  digest text not null,
  basis integer not null,
  held_reason text not null default '',
  paused_reason text not null default '',
  wish text not null default '' check (wish in ('', 'pause', 'cancel')),
  requested_by text not null,
  approved_by text,
  requested_at text not null,
  started_at text,
  finished_at text,
  planning_ms integer not null default 0,
  paused_at text,
  paused_ms integer not null default 0,
  requests integer not null default 0,
  worker text,
  lease_until text
) strict;
create unique index push_one_live on push (application_id) where state in ('queued', 'running', 'paused', 'interrupted');
create unique index push_one_held on push (application_id) where state = 'held';
create index push_by_application on push (application_id, seq);

-- One step of a plan: exactly what is to be sent for one person. `changes` is {attribute: [old, new]} for
-- people, `attributes` the whole set of wanted attributes. `phase` is committed with the intent: an operation
-- found in `sending` with phase `write` may have taken effect at the provider, and is settled by a look-up.
create table operation (
  seq integer primary key autoincrement,
  id text not null unique,
  push_id text not null references push (id) on delete cascade,
  application_id text not null,
  provider text not null default '',
  user_id text not null,
  username text not null,
  action text not null check (action in ('create', 'update', 'reactivate', 'deactivate', 'delete')),
  state text not null check (state in ('planned', 'blocked', 'sending', 'unknown', 'succeeded', 'failed', 'skipped')),
  remote_id text not null default '',
  changes text not null check (json_valid(changes)),
  attributes text not null check (json_valid(attributes)),
  digest text not null,
  phase text not null default '' check (phase in ('', 'find', 'write')),
  adopted integer not null default 0 check (adopted in (0, 1)),
  attempt integer not null default 0,
  status integer,
  detail text not null default '',
  started_at text,
  finished_at text,
  duration_ms integer
) strict;
create index operation_by_push on operation (push_id, state, seq, action, adopted);
create index operation_in_order on operation (push_id, seq);
create index operation_by_user on operation (user_id, application_id, seq);

create index operation_in_doubt on operation (application_id, user_id) where state in ('sending', 'unknown');

create trigger operation_starts_planned before insert on operation when new.state not in ('planned', 'blocked') begin
  select raise(abort, 'usher|plan-first|An operation is planned before it is sent.|Nothing was changed.');
end;
create trigger operation_is_fixed
before update of id, push_id, application_id, provider, user_id, username, action, changes, attributes, digest on operation
when new.id is not old.id or new.push_id is not old.push_id or new.application_id is not old.application_id or new.provider is not old.provider
  or new.user_id is not old.user_id or new.username is not old.username or new.action is not old.action
  or new.changes is not old.changes or new.attributes is not old.attributes or new.digest is not old.digest begin
  select raise(abort, 'usher|plan-is-fixed|What was planned cannot be altered: what is approved is what is sent.|Make a new plan.');
end;
create trigger intent_needs_entitlement before update of state on operation
when new.state = 'sending' and old.state in ('planned', 'blocked') and new.action in ('create', 'update', 'reactivate') begin
  select raise(abort, 'usher|not-entitled|Only members of an authorised user group are provisioned.|Authorise a group of this person first.')
  where not exists (
    select 1 from authorization a join membership m on m.group_id = a.group_id join user u on u.id = m.user_id
    where a.application_id = new.application_id and m.user_id = new.user_id and u.state = 'ACTIVATED');
end;
create trigger only_the_entitled before insert on operation when new.action in ('create', 'update', 'reactivate') begin
  select raise(abort, 'usher|not-entitled|Only members of an authorised user group are provisioned.|Authorise a group of this person first.')
  where not exists (
    select 1 from authorization a join membership m on m.group_id = a.group_id join user u on u.id = m.user_id
    where a.application_id = new.application_id and m.user_id = new.user_id and u.state = 'ACTIVATED');
end;
create trigger only_the_deleted before insert on operation when new.action = 'delete' begin
  select raise(abort, 'usher|still-in-directory|An account is deleted for good only after its person was deleted from the directory.|Suspend the person, or take them out of the group, to deactivate the account.')
  where exists (select 1 from user where id = new.user_id);
end;
create trigger push_starts_planned before insert on push when new.state not in ('planned', 'held') begin
  select raise(abort, 'usher|plan-first|A push is planned before it is queued.|Nothing was changed.');
end;
create trigger push_needs_a_connection before update of state on push when new.state in ('queued', 'running') begin
  select raise(abort, 'usher|idm-inactive|Nothing is pushed while Identity Management is inactive.|Activate it on the Identity Management tab.')
  where not exists (select 1 from application where id = new.application_id and idm = 'active');
  select raise(abort, 'usher|held|This push is held by the removal guard.|Approve it first.')
  where old.state = 'held' and new.approved_by is null;
end;
create trigger idm_stays_while_pushing before update of idm on application when new.idm <> 'active' and old.idm = 'active' begin
  select raise(abort, 'usher|push-running|Identity Management cannot be deactivated while a push is under way.|Cancel the push first.')
  where exists (select 1 from push where application_id = old.id and state in ('queued', 'running', 'paused', 'interrupted'));
end;
create trigger not_while_pushing before delete on application begin
  select raise(abort, 'usher|push-running|The application cannot be deleted while a push to it is under way.|Cancel the push first.')
  where exists (select 1 from push where application_id = old.id and state in ('queued', 'running', 'paused', 'interrupted'));
end;

-- Both sides of one HTTP exchange of an operation; secrets are redacted before they come here.
create table exchange (
  seq integer primary key autoincrement,
  operation_id text not null,
  attempt integer not null,
  at text not null,
  method text not null,
  url text not null,
  request_headers text not null,
  request_body text not null,
  status integer,
  response_headers text not null,
  response_body text not null,
  error text not null default '',
  duration_ms integer not null
) strict;
create index exchange_by_operation on exchange (operation_id, seq);

-- The provisioning log: one row for each outcome of an operation, never changed.
create table journal (
  seq integer primary key autoincrement,
  operation_id text not null,
  push_id text not null,
  at text not null,
  application_id text not null,
  app_label text not null,
  user_id text not null,
  username text not null,
  action text not null,
  result text not null check (result in ('succeeded', 'failed', 'skipped', 'unknown')),
  status integer,
  attempt integer not null,
  duration_ms integer not null,
  detail text not null
) strict;
create index journal_by_operation on journal (operation_id, seq);
create index journal_by_at on journal (at, result);

-- Contentless: facet words (r_failed, a_create, p_<application>, u_<user>) stand in the indexed text beside the words.
create virtual table journal_fts using fts5 (
  text, content='', columnsize=0, detail=none, prefix='2 3', tokenize="unicode61 remove_diacritics 2 tokenchars '_'"
);
create trigger journal_is_append_only before update on journal begin
  select raise(abort, 'usher|log-append-only|The provisioning log is append-only.|Nothing was changed.');
end;
create trigger journal_is_not_cut before delete on journal begin
  select raise(abort, 'usher|log-append-only|The provisioning log is append-only.|Nothing was changed.');
end;
create trigger journal_is_not_replaced before insert on journal when exists (select 1 from journal where seq = new.seq) begin
  select raise(abort, 'usher|log-append-only|The provisioning log is append-only.|Nothing was changed.');
end;
create trigger journal_index after insert on journal begin
  insert into journal_fts (rowid, text) values (
    new.seq,
    'r_' || new.result || ' a_' || new.action || ' p_' || new.application_id || ' u_' || new.user_id || ' '
    || replace(new.username || ' ' || new.app_label || ' ' || new.action || ' ' || new.result || ' ' || coalesce(new.status, '') || ' ' || new.detail, '_', ' '));
end;
