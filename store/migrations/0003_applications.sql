-- Applications, their single sign-on, and who is let in.

create table application (
  id text primary key,
  label text not null check (trim(label) <> ''),
  label_key text not null unique,
  connector text not null,
  kind text not null check (kind in ('saml', 'scim', 'bookmark')),
  description text not null default '',
  badge text not null default '',
  colour text not null default '',
  image blob check (image is null or length(image) <= 102400),
  image_type text check (image_type in ('image/png', 'image/jpeg', 'image/svg+xml')),
  visible integer not null default 1 check (visible in (0, 1)),
  bookmark_url text not null default '',
  slug text unique,
  sso text not null check (sso in ('unsupported', 'inactive', 'active')),
  idm text not null check (idm in ('unsupported', 'inactive', 'active')),
  idm_requires_sso integer not null default 0 check (idm_requires_sso in (0, 1)),
  supports_groups integer not null default 0 check (supports_groups in (0, 1)),
  version integer not null default 1,
  created_at text not null,
  check (kind <> 'bookmark' or bookmark_url <> ''),
  check (kind <> 'saml' or slug is not null),
  check (kind <> 'saml' or sso <> 'unsupported'),
  check (kind <> 'scim' or (sso = 'unsupported' and idm <> 'unsupported')),
  check (kind <> 'bookmark' or idm = 'unsupported')
) strict;
create unique index application_label_nocase on application (label collate nocase);
create unique index application_slug_nocase on application (slug collate nocase);

create trigger application_starts_inactive before insert on application begin
  select raise(abort, 'usher|starts-inactive|An application is added with SSO and Identity Management inactive.|Activate them afterwards.')
  where (new.kind <> 'bookmark' and new.sso = 'active') or new.idm = 'active';
  select raise(abort, 'usher|application-exists|An application with this id exists.|Nothing was changed.')
  where exists (select 1 from application where id = new.id);
end;
create trigger application_nature_is_fixed before update of id, kind, connector, idm_requires_sso, supports_groups on application
when new.id is not old.id or new.kind is not old.kind or new.connector is not old.connector
  or new.idm_requires_sso is not old.idm_requires_sso or new.supports_groups is not old.supports_groups begin
  select raise(abort, 'usher|application-nature-fixed|What an application is cannot be changed after it is created.|Delete the application and add it again.');
end;
create trigger application_gains_nothing before update of sso, idm on application
when (old.sso = 'unsupported') <> (new.sso = 'unsupported') or (old.idm = 'unsupported') <> (new.idm = 'unsupported') begin
  select raise(abort, 'usher|unsupported|This application does not support that.|Its connector says what it supports.');
end;

create trigger application_slug_is_fixed before update of slug on application when new.slug is not old.slug begin
  select raise(abort, 'usher|idp-url-fixed|The SSO IdP URL cannot be changed after the application is created.|Delete the application and add it again to choose another.');
end;
create trigger base_url_is_fixed before update of value on setting
when old.key = 'base_url' and new.value <> old.value and exists (select 1 from application where kind = 'saml') begin
  select raise(abort, 'usher|base-url-fixed|The base URL cannot be changed while SAML applications exist: their SSO IdP URLs are made of it.|Delete those applications first.');
end;
create trigger base_url_stays before delete on setting
when old.key = 'base_url' and exists (select 1 from application where kind = 'saml') begin
  select raise(abort, 'usher|base-url-fixed|The base URL cannot be removed while SAML applications exist.|Delete those applications first.');
end;

create trigger base_url_is_not_replaced before insert on setting
when new.key = 'base_url' and exists (select 1 from setting where key = 'base_url' and value <> new.value) and exists (select 1 from application where kind = 'saml') begin
  select raise(abort, 'usher|base-url-fixed|The base URL cannot be changed while SAML applications exist: their SSO IdP URLs are made of it.|Delete those applications first.');
end;
create trigger setting_key_is_fixed before update of key on setting when new.key <> old.key begin
  select raise(abort, 'usher|setting-key-fixed|A setting keeps its name.|Nothing was changed.');
end;

create table saml_setting (
  application_id text primary key references application (id) on delete cascade,
  idp_entity_id text not null unique check (trim(idp_entity_id) <> ''),
  sp_entity_id text not null default '',
  acs_urls text not null default '[]' check (json_valid(acs_urls)),
  nameid_source text not null default 'email',
  nameid_format text not null default 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
  sign_assertion integer not null default 1 check (sign_assertion in (0, 1)),
  sign_response integer not null default 0 check (sign_response in (0, 1)),
  encrypt_assertion integer not null default 0 check (encrypt_assertion in (0, 1)),
  require_signed_requests integer not null default 0 check (require_signed_requests in (0, 1)),
  signature_algorithm text not null default 'RSA-SHA256' check (signature_algorithm in ('RSA-SHA256', 'RSA-SHA384', 'RSA-SHA512')),
  default_relay_state text not null default '',
  login_url text not null default '',
  declare_redirect_endpoint integer not null default 0 check (declare_redirect_endpoint in (0, 1)),
  groups_attribute text not null default '',
  version integer not null default 1,
  check (sign_assertion = 1 or sign_response = 1)
) strict;

create table saml_attribute (
  application_id text not null references saml_setting (application_id) on delete cascade,
  name text not null check (trim(name) <> ''),
  source text,
  constant text,
  required integer not null default 0 check (required in (0, 1)),
  position integer not null,
  primary key (application_id, name),
  check ((source is null) <> (constant is null))
) strict;

-- A placeholder such as YOUR_ID stays in the SSO fields until the operator fills it in.
create table placeholder (
  application_id text not null references application (id) on delete cascade,
  token text not null,
  label text not null,
  place text not null default '',
  value text,
  position integer not null,
  primary key (application_id, token)
) strict;

create table certificate (
  id text primary key,
  application_id text not null references application (id) on delete cascade,
  state text not null check (state in ('staged', 'active', 'retiring', 'retired')),
  pem text not null,
  sha256 text not null unique,
  not_before text not null,
  not_after text not null,
  private_key blob not null,
  created_at text not null
) strict;
create unique index certificate_one_active on certificate (application_id) where state = 'active';

create trigger sso_needs_its_fields before update of sso on application when new.sso = 'active' and old.sso <> 'active' begin
  select raise(abort, 'usher|placeholder-left|SSO cannot be activated while a placeholder is left in an SSO field.|Fill it in on the SSO tab, or with usher apps fill.')
  where exists (
    select 1 from placeholder p join saml_setting s using (application_id)
    where application_id = new.id and (instr(s.sp_entity_id, p.token) or instr(s.acs_urls, p.token) or instr(s.login_url, p.token) or instr(s.default_relay_state, p.token) or instr(s.idp_entity_id, p.token))
  );
  select raise(abort, 'usher|sso-incomplete|SSO cannot be activated without an SP Entity ID and an ACS URL.|Fill them in on the SSO tab.')
  where new.kind = 'saml' and not exists (
    select 1 from saml_setting s where application_id = new.id and trim(sp_entity_id) <> '' and json_array_length(acs_urls) > 0
    and not exists (select 1 from json_each(s.acs_urls) where trim(value) = ''));
  select raise(abort, 'usher|no-certificate|SSO cannot be activated without an IdP certificate.|Upload or make one on the SSO tab.')
  where new.kind = 'saml' and not exists (select 1 from certificate where application_id = new.id and state = 'active');
end;
create trigger sso_fields_stay_filled before update of sp_entity_id, acs_urls, login_url, default_relay_state, idp_entity_id on saml_setting
when (select sso from application where id = new.application_id) = 'active' begin
  select raise(abort, 'usher|placeholder-left|A placeholder cannot be put back into an SSO field while SSO is active.|Deactivate SSO first.')
  where exists (
    select 1 from placeholder p where p.application_id = new.application_id
    and (instr(new.sp_entity_id, p.token) or instr(new.acs_urls, p.token) or instr(new.login_url, p.token) or instr(new.default_relay_state, p.token) or instr(new.idp_entity_id, p.token))
  );
  select raise(abort, 'usher|sso-incomplete|An active SSO keeps its SP Entity ID and an ACS URL.|Deactivate SSO first.')
  where trim(new.sp_entity_id) = '' or json_array_length(new.acs_urls) = 0 or exists (select 1 from json_each(new.acs_urls) where trim(value) = '');
end;
create trigger sso_fields_are_not_replaced before insert on saml_setting when (select sso from application where id = new.application_id) = 'active' begin
  select raise(abort, 'usher|sso-active|The SSO settings cannot be replaced while SSO is active.|Deactivate SSO first.');
end;
create trigger sso_fields_are_not_removed before delete on saml_setting when (select sso from application where id = old.application_id) = 'active' begin
  select raise(abort, 'usher|sso-active|The SSO settings cannot be removed while SSO is active.|Deactivate SSO first.');
end;
create trigger placeholder_comes_before_sso before insert on placeholder when (select sso from application where id = new.application_id) = 'active' begin
  select raise(abort, 'usher|sso-active|A placeholder cannot be added while SSO is active.|Deactivate SSO first.');
end;
create trigger certificate_in_use_stays before delete on certificate
when old.state = 'active' and (select sso from application where id = old.application_id) = 'active' begin
  select raise(abort, 'usher|certificate-in-use|The certificate in use cannot be removed while SSO is active.|Deactivate SSO first.');
end;

-- The identity management connection. The token is sealed; only its fingerprint is ever shown.
-- `verified_for` is `<base_url> <token_fingerprint>` of the pair that the live service accepted.
create table connection (
  application_id text primary key references application (id) on delete cascade,
  base_url text not null default '',
  token blob,
  token_fingerprint text not null default '',
  verified_at text,
  verified_for text not null default '',
  capabilities text not null default '{}' check (json_valid(capabilities)),
  mode text not null default 'automatic' check (mode in ('automatic', 'on-demand')),
  rate real check (rate is null or rate >= 0),
  concurrency integer not null default 4 check (concurrency between 1 and 16),
  do_create integer not null default 1 check (do_create in (0, 1)),
  do_update integer not null default 1 check (do_update in (0, 1)),
  do_deactivate integer not null default 1 check (do_deactivate in (0, 1)),
  do_delete integer not null default 1 check (do_delete in (0, 1)),
  guard_percent real not null default 10 check (guard_percent between 0 and 100),
  guard_minimum integer not null default 5 check (guard_minimum >= 0),
  version integer not null default 1
) strict;

create trigger idm_needs_its_grounds before update of idm on application when new.idm = 'active' and old.idm <> 'active' begin
  select raise(abort, 'usher|sso-required|Identity Management needs SSO to be active first.|Activate SSO on the SSO tab.')
  where new.idm_requires_sso = 1 and new.sso <> 'active';
  select raise(abort, 'usher|not-verified|Identity Management cannot be active before its connection was verified.|Configure it with Base URL and Token Key, then Activate.')
  where not exists (
    select 1 from connection where application_id = new.id and base_url <> '' and token is not null
    and verified_at is not null and verified_for = base_url || ' ' || token_fingerprint);
end;
create trigger sso_is_needed_by_idm before update of sso on application when new.sso <> 'active' and new.idm = 'active' and new.idm_requires_sso = 1 begin
  select raise(abort, 'usher|idm-needs-sso|SSO cannot be deactivated while Identity Management is active.|Deactivate the IdM connection first.');
end;
create trigger connection_is_locked before update of application_id, base_url, token, token_fingerprint, verified_for on connection
when (select idm from application where id = old.application_id) = 'active' and (
  new.application_id is not old.application_id or new.base_url is not old.base_url or new.token_fingerprint is not old.token_fingerprint
  or new.token is null or new.verified_for is not old.verified_for) begin
  select raise(abort, 'usher|connection-active|Base URL and Token Key are locked while Identity Management is active.|Deactivate the IdM connection, change them, and activate it again.');
end;
create trigger connection_is_not_replaced before insert on connection when (select idm from application where id = new.application_id) = 'active' begin
  select raise(abort, 'usher|connection-active|The connection cannot be replaced while Identity Management is active.|Deactivate the IdM connection first.');
end;
create trigger connection_is_not_removed before delete on connection when (select idm from application where id = old.application_id) = 'active' begin
  select raise(abort, 'usher|connection-active|The connection cannot be removed while Identity Management is active.|Deactivate the IdM connection first.');
end;

create table mapping_row (
  application_id text not null references application (id) on delete cascade,
  path text not null check (trim(path) <> ''),
  source text,
  constant text,
  enabled integer not null default 1 check (enabled in (0, 1)),
  required integer not null default 0 check (required in (0, 1)),
  label text not null default '',
  position integer not null,
  primary key (application_id, path),
  check ((source is null) <> (constant is null)),
  check (required = 0 or enabled = 1)
) strict;

-- Default deny: who is let in is who is in an authorised group, and nobody else.
create table authorization (
  application_id text not null references application (id) on delete cascade,
  group_id text not null references user_group (id) on delete cascade,
  granted_at text not null,
  primary key (application_id, group_id)
) strict, without rowid;
create index authorization_by_group on authorization (group_id, application_id);

-- The one definition of who is entitled to an application.
create view entitled as
  select distinct a.application_id, m.user_id
  from authorization a join membership m on m.group_id = a.group_id
  join user u on u.id = m.user_id
  where u.state = 'ACTIVATED';
