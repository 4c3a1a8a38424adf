#!lua
--[[
  The first load of a sale that has no log entries: writes its keys and journals its start, so that
  the log alone reproduces every outcome (I10). Writes only if the keys are missing, and only if no
  sale of the shard was archived since Postgres said that this one has no entries.

  KEYS  1 epoch  2 state  3 journal  4 sale
  ARGV  1 epoch  2 the journal entry (JSON)  3 last entry of the log, as Postgres said that
        4… fields and values of the sale's hash

  RETURNS, in order of precedence
    STALE_EPOCH
    PRESENT       the keys are there already
    OLD           ask Postgres again
    LOADED seq
]]
--- @include fragments/journal

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
if redis.call('EXISTS', KEYS[4]) == 1 then
  return { 'PRESENT' }
end
if tonumber(redis.call('HGET', KEYS[2], 'archived') or 0) > tonumber(ARGV[3]) then
  return { 'OLD' }
end
redis.call('HSET', KEYS[4], unpack(ARGV, 4))
return { 'LOADED', append(KEYS[2], KEYS[3], { ARGV[2] }) }
