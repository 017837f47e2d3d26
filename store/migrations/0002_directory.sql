-- People and groups. `*_key` is the folded name (store.ids.fold): two spellings of one name meet there.

create table user (
  seq integer primary key,
  id text not null unique,
  username text not null check (trim(username) <> ''),
  username_key text not null unique,
  email text not null default '',
  firstname text not null default '',
  lastname text not null default '',
  displayname text not null default '',
  employee_identifier text not null default '',
  attributes text not null default '{}' check (json_valid(attributes)),
  state text not null default 'ACTIVATED' check (state in ('STAGED', 'ACTIVATED', 'SUSPENDED')),
  version integer not null default 1,
  created_at text not null
) strict;
create index user_by_state on user (state, username_key);

create virtual table user_fts using fts5 (
  username, email, firstname, lastname, displayname, employee_identifier,
  content='user', content_rowid='seq', tokenize="unicode61 remove_diacritics 2 tokenchars '_'", prefix='2 3'
);
create trigger user_fts_insert after insert on user begin
  insert into user_fts (rowid, username, email, firstname, lastname, displayname, employee_identifier)
  values (new.seq, new.username, new.email, new.firstname, new.lastname, new.displayname, new.employee_identifier);
end;
create trigger user_fts_delete after delete on user begin
  insert into user_fts (user_fts, rowid, username, email, firstname, lastname, displayname, employee_identifier)
  values ('delete', old.seq, old.username, old.email, old.firstname, old.lastname, old.displayname, old.employee_identifier);
end;
create trigger user_fts_update after update of username, email, firstname, lastname, displayname, employee_identifier on user begin
  insert into user_fts (user_fts, rowid, username, email, firstname, lastname, displayname, employee_identifier)
  values ('delete', old.seq, old.username, old.email, old.firstname, old.lastname, old.displayname, old.employee_identifier);
  insert into user_fts (rowid, username, email, firstname, lastname, displayname, employee_identifier)
  values (new.seq, new.username, new.email, new.firstname, new.lastname, new.displayname, new.employee_identifier);
end;

create table user_group (
  id text primary key,
  name text not null check (trim(name) <> ''),
  name_key text not null unique,
  description text not null default '',
  created_at text not null
) strict;

create table membership (
  group_id text not null references user_group (id) on delete cascade,
  user_id text not null references user (id) on delete cascade,
  primary key (group_id, user_id)
) strict, without rowid;
create index membership_by_user on membership (user_id, group_id);
