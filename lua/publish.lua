#!lua
--[[
  Makes what is recorded public: raises the shard's progress, arms the deadlines of newly recorded holds, trims
  the journal, forgets requested cancels that are passed, and announces it.

  I5: called after the commit only. Progress is never lowered, the journal is trimmed by seq, never by count.

  KEYS  1 epoch  2 progress  3 journal  4 deadlines  5 cancels
  ARGV  1 epoch  2 seq  3 job  4 channel  5 announcement (JSON)  6 number of deadlines, then for each: deadline in
        ms, member; then for each sale (and "*" for the shard): name, highest position passed

  RETURNS, in order of precedence
    STALE_EPOCH
    BEHIND        progress has passed it already
    PUBLISHED
]]
--- @include fragments/journal

local seq, job = tonumber(ARGV[2]), tonumber(ARGV[3])

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end

local deadlines = tonumber(ARGV[6])
local at = 7
for _ = 1, deadlines do
  redis.call('ZADD', KEYS[4], ARGV[at], ARGV[at + 1])
  at = at + 2
end

redis.call('XTRIM', KEYS[3], 'MINID', string.format('%.0f-0', seq + 1))

-- Also where somebody else has raised progress already: whoever did so need not know who waits no more.
redis.call('PUBLISH', ARGV[4], ARGV[5])

local before = redis.call('HMGET', KEYS[2], 'seq', 'job')
if seq <= tonumber(before[1] or 0) then
  return { 'BEHIND' }
end
redis.call('HSET', KEYS[2], 'seq', seq, 'job', math.max(job, tonumber(before[2] or 0)))
for i = at, #ARGV, 2 do
  local field = 'p:' .. ARGV[i]
  if tonumber(ARGV[i + 1]) > tonumber(redis.call('HGET', KEYS[2], field) or 0) then
    redis.call('HSET', KEYS[2], field, ARGV[i + 1])
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', job)
return { 'PUBLISHED' }
