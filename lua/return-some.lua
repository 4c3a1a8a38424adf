#!lua
--[[
  Returns some units of a paid order, because a part of its payment was refunded; the order stays
  paid. They are available again and offered to the waitlist, or removed without `restock`: then the
  product's total shrinks. Its buyer may buy as many again.

  I7: once per refund, and never more than the order still has. I1: sold and available, or the
  total, change together.

  KEYS  1 epoch  2 state  3 journal  4 sale  5 buyers  6 holds  7 waiters  8 shapes  9 origins
        10 paid  11 returns
  ARGV  1 epoch  2 sale id  3 ticket identity  4 id of the refund  5 items
        6 "1" to put the units back on sale  7 most tickets to take off the waitlist

  RETURNS, in order of precedence
    STALE_EPOCH
    NOT_LOADED
    REPEATED seq   they were returned before, for the same refund
    GONE           the ticket was not paid, or all of it was returned
    TOO_FEW        the order has fewer of these units
    RETURNED seq
]]
--- @include fragments/journal
--- @include fragments/claims
--- @include fragments/origins
--- @include fragments/waitlist

local identity, refund, restocks = ARGV[3], ARGV[4], ARGV[6] == '1'
local keys = waitlist_keys(KEYS, 4)

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
if redis.call('EXISTS', keys.sale) == 0 then
  return { 'NOT_LOADED' }
end
local before = redis.call('HGET', KEYS[11], refund)
if before then
  return { 'REPEATED', tonumber(before) }
end
local record = redis.call('HGET', KEYS[10], identity)
if not record or record == '' then
  return { 'GONE' }
end
local left, ref, buyer = parse_paid(record)
local items, returned = parse_items(ARGV[5])
local rest = without_items(left, items)
if not rest then
  return { 'TOO_FEW' }
end

for _, item in ipairs(items) do
  redis.call('HINCRBY', keys.sale, 's' .. item[1], -item[2])
  if restocks then
    redis.call('HINCRBY', keys.sale, 'a' .. item[1], item[2])
  end
end
local units, live = parse_buyer(redis.call('HGET', keys.buyers, buyer))
redis.call('HSET', keys.buyers, buyer, (units - returned) .. '|' .. live)
redis.call('HSET', KEYS[10], identity, rest .. '|' .. ref .. '|' .. buyer)

local offers = restocks and offer_to_waiting(keys, KEYS[2], tonumber(ARGV[7])) or ''
local seq = append(KEYS[2], KEYS[3], {
  entry_of('return', ARGV[2], text_field('ticket', identity), text_field('refund', refund),
    text_field('items', ARGV[5]), json_field('restock', tostring(restocks)), offers),
})
redis.call('HSET', KEYS[11], refund, seq)
return { 'RETURNED', seq }
