-- Passwords, second factors, sessions of the portal, and the record of every sign-in.
-- What proves who somebody is lies here as a hash, or sealed; what a browser holds is never in the store itself.

-- `hash` is a PHC string: the parameters stand in it, so that they can be raised later.
create table password (
  user_id text primary key references user (id) on delete cascade,
  hash text not null check (hash like '$argon2id$%'),
  changed_at text not null
) strict;

-- One link a person: a new one takes the old one's place.
create table password_link (
  user_id text primary key references user (id) on delete cascade,
  token_hash text not null unique check (length(token_hash) = 64),
  made_at text not null,
  expires_at text not null
) strict;

-- `last_step` is the time step of the last code that was taken: no code works twice.
create table second_factor (
  user_id text primary key references user (id) on delete cascade,
  secret blob not null,
  last_step integer not null default 0,
  made_at text not null,
  confirmed_at text
) strict;
create table recovery_code (
  user_id text not null references second_factor (user_id) on delete cascade,
  code_hash text not null check (length(code_hash) = 64),
  primary key (user_id, code_hash)
) strict, without rowid;

-- `stage` is `password` while a second factor is still to be shown: such a session opens nothing else.
create table portal_session (
  token_hash text primary key check (length(token_hash) = 64),
  id text not null unique,
  user_id text not null references user (id) on delete cascade,
  stage text not null check (stage in ('password', 'full')),
  second_factor integer not null default 0 check (second_factor in (0, 1)),
  signed_in_at text not null,
  seen_at text not null,
  expires_at text not null,
  address text not null,
  agent text not null
) strict;
create index portal_session_by_user on portal_session (user_id, signed_in_at);
create index portal_session_by_end on portal_session (expires_at);

create trigger session_needs_an_active_person before insert on portal_session
when not exists (select 1 from user where id = new.user_id and state = 'ACTIVATED') begin
  select raise(abort, 'usher|not-active|Only active people can sign in.|Activate this person first.');
end;
create trigger sessions_end_with_the_state after update of state on user when new.state <> 'ACTIVATED' begin
  delete from portal_session where user_id = new.id;
end;
create trigger links_end_with_a_suspension after update of state on user when new.state = 'SUSPENDED' begin
  delete from password_link where user_id = new.id;
end;
-- (a hash that is only made anew, of the same password, leaves `changed_at` alone)
create trigger sessions_end_with_the_password after update of changed_at on password begin
  delete from portal_session where user_id = new.user_id;
end;
create trigger sessions_end_with_a_first_password after insert on password begin
  delete from portal_session where user_id = new.user_id;
end;
create trigger sessions_end_without_a_password after delete on password begin
  delete from portal_session where user_id = old.user_id;
end;

-- An application's request that waits for its person to sign in. `browser_hash` is set by the first browser that comes for it.
create table pending_request (
  key_hash text primary key check (length(key_hash) = 64),
  application_id text not null references application (id) on delete cascade,
  browser_hash text not null default '',
  body text not null check (json_valid(body)),
  made_at text not null,
  expires_at text not null
) strict;
create index pending_request_by_end on pending_request (expires_at);

-- Requests that were answered: each is answered once.
create table consumed_request (
  application_id text not null references application (id) on delete cascade,
  request_id text not null,
  expires_at text not null,
  primary key (application_id, request_id)
) strict, without rowid;
create index consumed_request_by_end on consumed_request (expires_at);

-- Which applications a session has been asserted to: for single logout.
create table session_application (
  session_id text not null references portal_session (id) on delete cascade,
  application_id text not null references application (id) on delete cascade,
  session_index text not null,
  nameid text not null,
  nameid_format text not null,
  at text not null,
  primary key (session_id, application_id)
) strict, without rowid;
create index session_application_by_index on session_application (application_id, session_index);

-- `subject` is a digest of an account's or an address's name.
create table throttle (
  subject text primary key check (length(subject) = 64),
  failures integer not null,
  last_at text not null,
  blocked_until text not null
) strict, without rowid;
create index throttle_by_last on throttle (last_at);

-- Every attempt to sign in and what came of it; it outlives the person and the application, and is never changed.
create table sign_in (
  seq integer primary key autoincrement,
  id text not null unique,
  at text not null,
  application_id text not null,
  app_label text not null,
  user_id text not null,
  username text not null,
  flow text not null check (flow in ('idp', 'sp', 'portal')),
  result text not null check (result in ('asserted', 'refused', 'error', 'signed-in', 'signed-out')),
  reason text not null,
  nameid text not null,
  acs text not null,
  address text not null,
  certificate text not null,
  request_xml text not null,
  response_xml text not null
) strict;
create index sign_in_by_at on sign_in (at, result);
create index sign_in_by_application on sign_in (application_id, seq);
create index sign_in_by_user on sign_in (user_id, seq);
create index sign_in_by_result on sign_in (result, seq);
create trigger sign_in_is_not_changed before update on sign_in begin
  select raise(abort, 'usher|sign-ins-append-only|The record of sign-ins is append-only.|Nothing was changed.');
end;
create trigger sign_in_is_not_cut before delete on sign_in begin
  select raise(abort, 'usher|sign-ins-append-only|The record of sign-ins is append-only.|Nothing was changed.');
end;
create trigger sign_in_is_not_replaced before insert on sign_in
when exists (select 1 from sign_in where seq = new.seq) or exists (select 1 from sign_in where id = new.id) begin
  select raise(abort, 'usher|sign-ins-append-only|The record of sign-ins is append-only.|Nothing was changed.');
end;

-- Whether an application wants a second factor of everybody.
alter table saml_setting add column require_second_factor integer not null default 0 check (require_second_factor in (0, 1));
