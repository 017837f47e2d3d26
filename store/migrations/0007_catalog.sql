-- What the connector said when an application was added from it: the application keeps that, whatever the catalog says later.
create table made_with (
  application_id text primary key references application (id) on delete cascade,
  digest text not null,
  document text not null check (json_valid(document))
) strict;

create trigger made_with_is_kept before update on made_with begin
  select raise(abort, 'usher|made-with-fixed|What an application was made with cannot be changed.|Delete the application and add it again.');
end;
