#!lua
--[[
  Brings an archived sale back: first its claims, then, if needed, its tickets (attempts and
  outcomes). Both were read from a snapshot of Postgres and written under names of their own; here
  they get theirs, in one step.

  I9: nothing of an archived sale changes, so every snapshot that has its archive entry, and none
  behind it, is right. One that misses an archive entry of the shard is refused; so is one that
  comes before that entry is public, because publish.lua then removes what it knew of the sale.

  KEYS  1 epoch  2 state  3 journal  4 accepted  5 progress  6 sale, then pairs: the key, and the
        one that was written
  ARGV  1 epoch  2 sale id  3 what comes back (claims, tickets)  4 last entry of the snapshot
        5 highest position passed in the sale's line, then for each pair how many fields were
        written

  RETURNS, in order of precedence
    STALE_EPOCH
    PRESENT        it is there already, or for tickets: the sale is archived
    OLD            the snapshot is too old, or the archive entry is not public yet
    INCOMPLETE     some of what was written is gone again
    RESTORED seq
]]
--- @include fragments/journal

local id, what = ARGV[2], ARGV[3]

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
local isThere = redis.call('EXISTS', KEYS[6]) == 1
if what == 'claims' and isThere
  or what == 'tickets' and redis.call('HGET', KEYS[6], 'missing') ~= 'tickets' then
  return { 'PRESENT' }
end
local archived = tonumber(redis.call('HGET', KEYS[2], 'archived') or 0)
local published = tonumber(redis.call('HGET', KEYS[5], 'seq') or 0)
if archived > tonumber(ARGV[4]) or archived > published then
  return { 'OLD' }
end
for i = 7, #KEYS, 2 do
  local written = KEYS[i + 1]
  local size = redis.call('HLEN', written)
  if size ~= tonumber(ARGV[6 + (i - 7) / 2]) then
    return { 'INCOMPLETE' }
  end
end

for i = 7, #KEYS, 2 do
  if redis.call('EXISTS', KEYS[i + 1]) == 1 then
    redis.call('RENAME', KEYS[i + 1], KEYS[i])
    redis.call('PERSIST', KEYS[i])
  end
end
if what == 'claims' then
  redis.call('HSET', KEYS[4], id, ARGV[5])
  redis.call('HSET', KEYS[5], 'p:' .. id, ARGV[5])
else
  redis.call('HSET', KEYS[6], 'missing', '')
end
local entry = entry_of('restore', id, text_field('what', what))
return { 'RESTORED', append(KEYS[2], KEYS[3], { entry }) }
