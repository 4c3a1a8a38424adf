#!lua
--[[
  Takes a sale that is over out of Redis: from now on it costs nothing there. Whatever happens to it
  later finds it missing and brings it back, see restore.lua.

  I9: what is unlinked is in the journal, and so in Postgres before anything could read it back.
  The seq of the last archive entry stays in the shard's state: restore.lua takes no snapshot that
  is older.

  KEYS  1 epoch  2 state  3 journal  4 accepted, then the keys of the sale, of which the first are
        5 sale  6 holds
  ARGV  1 epoch  2 sale id  3 the job that must be decided first

  RETURNS, in order of precedence
    STALE_EPOCH
    GONE           it is not in Redis: archived before
    BUSY           it is open, or units are held, or tickets of it wait or may still be queued
    ARCHIVED seq
]]
--- @include fragments/journal

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
local sale = redis.call('HMGET', KEYS[5], 'closed', 'waiting')
if not sale[1] then
  return { 'GONE' }
end
local decided = tonumber(redis.call('HGET', KEYS[2], 'decided'))
if sale[1] == '' or tonumber(sale[2]) > 0 or redis.call('HLEN', KEYS[6]) > 0
  or decided < tonumber(ARGV[3]) then
  return { 'BUSY' }
end
redis.call('UNLINK', unpack(KEYS, 5))
redis.call('HDEL', KEYS[4], ARGV[2])
local seq = append(KEYS[2], KEYS[3], { entry_of('archive', ARGV[2]) })
redis.call('HSET', KEYS[2], 'archived', seq)
return { 'ARCHIVED', seq }
