#!lua
--[[
  Sells the hold of an order that costs nothing: its buyer has confirmed it, no payment is needed.

  I7: the hold is named by the journal entry that made it, and has ended then. I1: held and sold
  change together. That the order costs nothing is checked against Postgres, by the caller and again
  where it is recorded: Redis knows no prices.

  KEYS  1 epoch  2 state  3 journal  4 sale  5 buyers  6 holds  7 waiters  8 shapes  9 origins
        10 paid
  ARGV  1 epoch  2 sale id  3 ticket identity  4 seq of the hold

  RETURNS, in order of precedence
    STALE_EPOCH
    NOT_LOADED
    GONE            no such hold: it has ended already
    CONFIRMED seq
]]
--- @include fragments/journal
--- @include fragments/claims
--- @include fragments/origins
--- @include fragments/waitlist

local identity = ARGV[3]
local keys = waitlist_keys(KEYS, 4)

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
if redis.call('EXISTS', keys.sale) == 0 then
  return { 'NOT_LOADED' }
end
local record = redis.call('HGET', keys.holds, identity)
if not record then
  return { 'GONE' }
end
local seq, ref, buyer = parse_hold(record)
if seq ~= tonumber(ARGV[4]) then
  return { 'GONE' }
end

for _, item in ipairs(parse_items(ref_items(ref))) do
  redis.call('HINCRBY', keys.sale, 'h' .. item[1], -item[2])
  redis.call('HINCRBY', keys.sale, 's' .. item[1], item[2])
end
local units, live = parse_buyer(redis.call('HGET', keys.buyers, buyer))
redis.call('HDEL', keys.holds, identity)
redis.call('HSET', keys.buyers, buyer, units .. '|' .. (live == ref and '' or live))
redis.call('HSET', KEYS[10], identity, ref_items(ref) .. '|' .. ref .. '|' .. buyer)
return { 'CONFIRMED', append(KEYS[2], KEYS[3], {
  entry_of('confirm', ARGV[2], text_field('ticket', identity), json_field('hold', ARGV[4])),
}) }
