#!lua
--[[
  Takes the places in line for one batch, before it is queued: judges the window by Redis's clock, refuses a
  full line, and gives out the positions. It decides nothing.

  I2: positions only number the acceptances; the order of the line is the order of the enqueues.

  KEYS  1 epoch  2 sale  3 accepted  4 progress  5 queue wait  6 queue active
  ARGV  1 epoch  2 sale id  3 tickets in the batch  4 waiting tickets a shard may have

  RETURNS, in order of precedence
    STALE_EPOCH
    NOT_LOADED                     the sale's keys are missing
    CLOSED                         closed, ended, or past endsAt
    NOT_OPEN nowMs startsMs        before startsAt
    LINE_FULL
    ACCEPTED nowMs last lastAll passed
      the batch's last position in the sale's line and in the shard's, the highest position passed in the sale's
]]
--- @include fragments/journal

local sale, count = ARGV[2], tonumber(ARGV[3])

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
local window = redis.call('HMGET', KEYS[2], 'starts', 'ends', 'closed')
if not window[1] then
  return { 'NOT_LOADED' }
end

local now = now_ms()
if window[3] ~= '' or now >= tonumber(window[2]) then
  return { 'CLOSED' }
end
if now < tonumber(window[1]) then
  return { 'NOT_OPEN', now, tonumber(window[1]) }
end

local taken = redis.call('HMGET', KEYS[3], sale, '*')
local takenSale, takenAll = tonumber(taken[1] or 0), tonumber(taken[2] or 0)

local passed = redis.call('HMGET', KEYS[4], 'p:' .. sale, 'p:*')
local passedSale, passedAll = tonumber(passed[1] or 0), tonumber(passed[2] or 0)

-- An empty queue has nobody waiting: places that an API process took and died with are passed over here.
if redis.call('EXISTS', KEYS[5], KEYS[6]) == 0 then
  passedSale, passedAll = takenSale, takenAll
  redis.call('HSET', KEYS[4], 'p:' .. sale, passedSale, 'p:*', passedAll)
end
if takenAll + count - passedAll > tonumber(ARGV[4]) then
  return { 'LINE_FULL' }
end

redis.call('HSET', KEYS[3], sale, takenSale + count, '*', takenAll + count)
return { 'ACCEPTED', now, takenSale + count, takenAll + count, passedSale }
