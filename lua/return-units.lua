#!lua
--[[
  Returns the units that a paid order still has, because its payment was refunded. They are
  available again and offered to the waitlist, or removed without `restock`: then the product's
  total shrinks. Its buyer may buy as many again.

  I7: once per paid order. I1: sold and available, or the total, change together.

  KEYS  1 epoch  2 state  3 journal  4 sale  5 buyers  6 holds  7 waiters  8 shapes  9 origins
        10 paid
  ARGV  1 epoch  2 sale id  3 ticket identity  4 "1" to put the units back on sale
        5 most tickets to take off the waitlist

  RETURNS, in order of precedence
    STALE_EPOCH
    NOT_LOADED
    GONE           the ticket was not paid, or refunded before
    RETURNED seq
]]
--- @include fragments/journal
--- @include fragments/claims
--- @include fragments/origins
--- @include fragments/waitlist

local identity, restocks = ARGV[3], ARGV[4] == '1'
local keys = waitlist_keys(KEYS, 4)

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
if redis.call('EXISTS', keys.sale) == 0 then
  return { 'NOT_LOADED' }
end
local record = redis.call('HGET', KEYS[10], identity)
if not record or record == '' then
  return { 'GONE' }
end

local left, _, buyer = parse_paid(record)
local items, returned = parse_items(left)
for _, item in ipairs(items) do
  redis.call('HINCRBY', keys.sale, 's' .. item[1], -item[2])
  if restocks then
    redis.call('HINCRBY', keys.sale, 'a' .. item[1], item[2])
  end
end
local units, live = parse_buyer(redis.call('HGET', keys.buyers, buyer))
if units == returned and live == '' then
  redis.call('HDEL', keys.buyers, buyer)
else
  redis.call('HSET', keys.buyers, buyer, (units - returned) .. '|' .. live)
end
redis.call('HSET', KEYS[10], identity, '') -- permanent: a refunded ticket is not paid again

local offers = restocks and offer_to_waiting(keys, KEYS[2], tonumber(ARGV[5])) or ''
return { 'RETURNED', append(KEYS[2], KEYS[3], {
  entry_of('refund', ARGV[2], text_field('ticket', identity),
    json_field('restock', tostring(restocks)), offers),
}) }
