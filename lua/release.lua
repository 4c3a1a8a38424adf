#!lua
--[[
  Ends an unpaid hold: its units are returned and offered to the waitlist, its buyer may try again.

  I7: the hold is named by the journal entry that made it, never by its ticket alone, so that a late
  release cannot free a newer hold.

  KEYS  1 epoch  2 state  3 journal  4 sale  5 buyers  6 holds  7 waiters  8 shapes  9 origins
  ARGV  1 epoch  2 sale id  3 ticket identity  4 seq of the hold  5 cause (expired, cancelled)
        6 most tickets to take off the waitlist

  RETURNS, in order of precedence
    STALE_EPOCH
    NOT_LOADED
    GONE            no such hold: it has ended already
    RELEASED seq
]]
--- @include fragments/journal
--- @include fragments/claims
--- @include fragments/origins
--- @include fragments/waitlist

local identity = ARGV[3]

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
if redis.call('EXISTS', KEYS[4]) == 0 then
  return { 'NOT_LOADED' }
end
local record = redis.call('HGET', KEYS[6], identity)
if not record then
  return { 'GONE' }
end
local seq, ref, buyer = parse_hold(record)
if seq ~= tonumber(ARGV[4]) then
  return { 'GONE' }
end

local items, released = parse_items(ref_items(ref))
local units, live = parse_buyer(redis.call('HGET', KEYS[5], buyer))
if live == ref then
  live = ''
end

for _, item in ipairs(items) do
  redis.call('HINCRBY', KEYS[4], 'h' .. item[1], -item[2])
  redis.call('HINCRBY', KEYS[4], 'a' .. item[1], item[2])
end
if units == released and live == '' then
  redis.call('HDEL', KEYS[5], buyer)
else
  redis.call('HSET', KEYS[5], buyer, (units - released) .. '|' .. live)
end
redis.call('HDEL', KEYS[6], identity)

local keys = waitlist_keys(KEYS, 4)
local offers = offer_to_waiting(keys, KEYS[2], tonumber(ARGV[6]))
return { 'RELEASED', append(KEYS[2], KEYS[3], {
  entry_of('release', ARGV[2], text_field('ticket', identity), json_field('hold', ARGV[4]),
    text_field('cause', ARGV[5]), offers),
}) }
