-- What an application's own metadata (or its administrator) told about it as a service provider, beside the fields of the SSO tab.
-- `certificates` are PEM texts; `acs_indexes` is {ACS URL: index}, for the URLs that have one of their own.
create table service_provider (
  application_id text primary key references saml_setting (application_id) on delete cascade,
  certificates text not null default '[]' check (json_valid(certificates) and json_type(certificates) = 'array'),
  encryption_certificate text not null default '',
  acs_indexes text not null default '{}' check (json_valid(acs_indexes) and json_type(acs_indexes) = 'object'),
  slo_url text not null default '',
  slo_response_url text not null default '',
  slo_binding text not null default '' check (slo_binding in ('', 'redirect', 'post')),
  typed_values integer not null default 0 check (typed_values in (0, 1)),
  check ((slo_url = '') = (slo_binding = '')),
  check (slo_response_url = '' or slo_url <> '')
) strict;

-- One certificate waits at most; the others are in use, on their way out, or history.
create unique index certificate_one_staged on certificate (application_id) where state = 'staged';
create index certificate_by_application on certificate (application_id, created_at);
