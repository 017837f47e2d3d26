-- While the master key is being changed, each data key is wrapped by the old and by the new one: whichever of
-- the two files is found after a crash, the store opens.
alter table data_key add column next_wrapped blob;

-- What was sealed before a rotation and comes to be kept after it would stay under the retired key.
create trigger token_is_sealed_with_the_key_of_today before update of token on connection when new.token is not null and new.token is not old.token begin
  select raise(abort, 'usher|keys-rotated|The store''s keys were rotated in this very moment.|Do it again.')
  where exists (
    select 1 from data_key where retired_at is not null
    and hex(substr(new.token, 2, 1 + length(kid))) = printf('%02X', length(kid)) || hex(cast(kid as blob)));
end;
create trigger private_key_is_sealed_with_the_key_of_today before insert on certificate begin
  select raise(abort, 'usher|keys-rotated|The store''s keys were rotated in this very moment.|Do it again.')
  where exists (
    select 1 from data_key where retired_at is not null
    and hex(substr(new.private_key, 2, 1 + length(kid))) = printf('%02X', length(kid)) || hex(cast(kid as blob)));
end;
create trigger factor_is_sealed_with_the_key_of_today before insert on second_factor begin
  select raise(abort, 'usher|keys-rotated|The store''s keys were rotated in this very moment.|Do it again.')
  where exists (
    select 1 from data_key where retired_at is not null
    and hex(substr(new.secret, 2, 1 + length(kid))) = printf('%02X', length(kid)) || hex(cast(kid as blob)));
end;
