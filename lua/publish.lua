#!lua
--[[
  Makes recorded entries public: raises the shard's progress, sets the deadlines of newly recorded
  holds, trims the journal, removes cancel requests that are passed, and announces it.

  I5: called only after the commit. Progress is never lowered, the journal is trimmed by seq, never
  by count. What is trimmed must be what was recorded: Redis may have been restored to an older
  copy, and diverged since.

  KEYS  1 epoch  2 progress  3 journal  4 deadlines  5 cancels  6 state
  ARGV  1 epoch  2 seq  3 job  4 channel  5 announcement (JSON)
        6 last entry that the caller knows to be recorded  7 its SHA-1  8 number of deadlines, then
        for each: deadline in ms, member; then the number of archived sales, and their ids; then for
        each sale (and "*" for the shard): name, highest position passed

  RETURNS, in order of precedence
    STALE_EPOCH
    MISMATCH      this Redis has not, or not yet, seen what was recorded: only a rebuild helps
    BEHIND        progress has passed it already
    PUBLISHED
]]
--- @include fragments/journal

local seq, job = tonumber(ARGV[2]), tonumber(ARGV[3])

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end

local known = ARGV[6] .. '-0'
local entry = redis.call('XRANGE', KEYS[3], known, known)[1]
if tonumber(redis.call('HGET', KEYS[6], 'seq') or 0) < seq then
  return { 'MISMATCH' }
end
if entry and redis.sha1hex(entry[2][2]) ~= ARGV[7] then
  return { 'MISMATCH' }
end

local deadlines = tonumber(ARGV[8])
local at = 9
for _ = 1, deadlines do
  redis.call('ZADD', KEYS[4], ARGV[at], ARGV[at + 1])
  at = at + 2
end
local archived = { unpack(ARGV, at + 1, at + tonumber(ARGV[at])) }
at = at + 1 + #archived

redis.call('XTRIM', KEYS[3], 'MINID', string.format('%.0f-0', tonumber(ARGV[6]) + 1))

-- Also when another process has raised progress already: it need not know which tickets left the
-- waitlist.
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
for _, sale in ipairs(archived) do
  redis.call('HDEL', KEYS[2], 'p:' .. sale)
end
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', job)
return { 'PUBLISHED' }
