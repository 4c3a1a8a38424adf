#!lua
--[[
  Ends a rebuild: makes the new epoch the shard's. I9. The epoch is only raised.

  Waiting batches, their numbers and requested cancels stay. If Redis lost data (the epoch was
  missing, its journal ended before the log did, or the queue forgot its numbers) numbers jump
  ahead, so that none is used twice, and progress passes what was accepted and lost: those tickets
  answer line_restarted. The jump depends on the epoch, which Postgres raised: so tickets accepted
  between two losses and never recorded are passed, too.

  KEYS  1 epoch  2 progress  3 accepted  4 state of the new epoch  5 queue id
  ARGV  1 new epoch  2 last seq of the log  3 last job of the log
        4 "1" if Redis is known to have lost data  5 the jump  6 writes of the rebuild, then for
        each sale (and "*" for the shard): name, highest position passed

  RETURNS, in order of precedence
    BEHIND            the epoch is as high already
    INCOMPLETE        some of what the rebuild wrote is gone again
    FLIPPED decided   the last decided job of the new epoch
]]

local epoch, job, jump = tonumber(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[5])
local before = redis.call('GET', KEYS[1])

if before and tonumber(before) >= epoch then
  return { 'BEHIND' }
end
if redis.call('HGET', KEYS[4], 'building') ~= ARGV[6] then
  return { 'INCOMPLETE' }
end
redis.call('HDEL', KEYS[4], 'building')

local progress = tonumber(redis.call('HGET', KEYS[2], 'job') or 0)
local queued = tonumber(redis.call('GET', KEYS[5]) or 0)
local lost = not before or ARGV[4] == '1' or queued < math.max(job, progress)
local highest = math.max(job, progress)
if lost then
  highest = math.max(job + jump, progress + jump, queued + jump, epoch * jump)
  redis.call('SET', KEYS[5], string.format('%.0f', highest))
end

redis.call('HSET', KEYS[2], 'seq', ARGV[2], 'job', highest)
for i = 7, #ARGV, 2 do
  local passed = tonumber(ARGV[i + 1])
  local accepted = tonumber(redis.call('HGET', KEYS[3], ARGV[i]) or 0)
  redis.call('HSET', KEYS[2], 'p:' .. ARGV[i], lost and math.max(passed, accepted) or passed)
  redis.call('HSET', KEYS[3], ARGV[i], math.max(passed, accepted))
end
redis.call('HSET', KEYS[4], 'seq', ARGV[2], 'decided', highest)
redis.call('SET', KEYS[1], ARGV[1])
return { 'FLIPPED', highest }
