-- Who changed a thing is asked for whenever two edit it at once, however much the record has grown: an entry names the thing by
-- its target, or by the id in its detail.

create index activity_by_target on activity (target);
create index activity_by_id on activity (case when json_valid(detail) then json_extract(detail, '$.id') end)
  where case when json_valid(detail) then json_extract(detail, '$.id') end is not null;
