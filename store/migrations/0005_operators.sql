-- Operators: who may do what. Without any, everybody who may write this file is an administrator by that right.

create table operator (
  id text primary key,
  name text not null check (trim(name) <> ''),
  name_key text not null unique,
  role text not null check (role in ('viewer', 'operator', 'administrator')),
  enabled integer not null default 1 check (enabled in (0, 1)),
  version integer not null default 1,
  created_at text not null
) strict;

-- Public keys (OpenSSH). One key is one operator's: it says who came in.
create table operator_key (
  fingerprint text primary key check (fingerprint like 'SHA256:%'),
  operator_id text not null references operator (id) on delete cascade,
  kind text not null,
  body text not null,
  comment text not null default '',
  added_at text not null
) strict;
create index operator_key_by_operator on operator_key (operator_id);

create trigger operator_key_is_not_replaced before insert on operator_key
when exists (select 1 from operator_key where fingerprint = new.fingerprint) begin
  select raise(abort, 'usher|key-taken|This key is known already.|A key belongs to one operator: give each of them their own.');
end;
create trigger operator_key_is_fixed before update on operator_key begin
  select raise(abort, 'usher|key-fixed|A key is added or removed, not changed.|Nothing was changed.');
end;
create trigger operator_is_not_replaced before insert on operator
when exists (select 1 from operator where id = new.id or name_key = new.name_key) begin
  select raise(abort, 'usher|operator-taken|There is an operator of this name already.|Choose another name.');
end;
create trigger operator_id_is_fixed before update of id on operator when new.id is not old.id begin
  select raise(abort, 'usher|operator-fixed|An operator stays the same one.|Nothing was changed.');
end;

-- While there are operators, one who is enabled is an administrator.
create trigger last_administrator_keeps_the_role before update of role, enabled on operator
when old.role = 'administrator' and old.enabled = 1 and (new.role <> 'administrator' or new.enabled = 0)
  and not exists (select 1 from operator where role = 'administrator' and enabled = 1 and id <> old.id) begin
  select raise(abort, 'usher|last-administrator|The last administrator cannot be disabled or given a lesser role.|Make another operator administrator first.');
end;
create trigger last_administrator_stays before delete on operator
when old.role = 'administrator' and old.enabled = 1
  and not exists (select 1 from operator where role = 'administrator' and enabled = 1 and id <> old.id)
  and exists (select 1 from operator where id <> old.id) begin
  select raise(abort, 'usher|last-administrator|The last administrator cannot be removed while there are other operators.|Make another operator administrator first.');
end;
