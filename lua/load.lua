#!lua
--[[
  The first load of a sale that has no log entries: writes its keys and journals its start, so that
  the log alone reproduces every outcome (I10). Writes only if the keys are missing.

  KEYS  1 epoch  2 state  3 journal  4 sale
  ARGV  1 epoch  2 the journal entry (JSON)  3… fields and values of the sale's hash

  RETURNS, in order of precedence
    STALE_EPOCH
    PRESENT       the keys are there already
    LOADED seq
]]
--- @include fragments/journal

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
if redis.call('EXISTS', KEYS[4]) == 1 then
  return { 'PRESENT' }
end
redis.call('HSET', KEYS[4], unpack(ARGV, 3))
return { 'LOADED', append(KEYS[2], KEYS[3], { ARGV[2] }) }
