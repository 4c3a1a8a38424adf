#!lua
--[[
  Settles a captured payment, permanently: it pays the hold of its ticket, or takes the units again
  that the ticket had (it came late), or is refunded. I8: this is decided here, once per payment,
  and journaled.

  I7: a paid hold has ended. I1, I6: units taken again must be available, offered to nobody, and
  within the buyer's limit.

  KEYS  1 epoch  2 state  3 journal  4 sale  5 buyers  6 holds  7 waiters  8 shapes  9 origins
        10 paid  11 payments
  ARGV  1 epoch  2 sale id  3 the order's ticket, as a ref  4 its buyer  5 payment
        6 "1" where amount and currency are those of the order

  RETURNS, in order of precedence
    STALE_EPOCH
    NOT_LOADED
    SETTLED seq    the payment was settled before
    OFFERING       the units may be owed to the waitlist, to which they are being offered: try again
    DONE seq
]]
--- @include fragments/journal
--- @include fragments/claims
--- @include fragments/origins
--- @include fragments/waitlist

local ref, buyer, payment = ARGV[3], ARGV[4], ARGV[5]
local identity = ref_identity(ref)
local keys = waitlist_keys(KEYS, 4)

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
local sale = redis.call('HMGET', keys.sale, 'limit', 'offering')
if not sale[1] then
  return { 'NOT_LOADED' }
end
local before = redis.call('HGET', KEYS[11], payment)
if before then
  return { 'SETTLED', tonumber(before) }
end

local hold = redis.call('HGET', keys.holds, identity)
local items, wanted = parse_items(ref_items(ref))
local units, live = parse_buyer(redis.call('HGET', keys.buyers, buyer))

-- The outcome of the payment, with the reason if it is refunded.
local function payment_outcome()
  if ARGV[6] ~= '1' then
    return 'refund', 'wrong_amount'
  end
  if redis.call('HEXISTS', KEYS[10], identity) == 1 then
    return 'refund', 'surplus'
  end
  if hold then
    return 'paid'
  end
  if units + wanted > tonumber(sale[1]) then
    return 'refund', 'limit_reached'
  end
  if not fits(items, read_counts(keys.sale, 'a')) then
    return 'refund', 'sold_out'
  end
  if sale[2] ~= '' then
    return 'offering'
  end
  return 'retaken'
end

local out, reason = payment_outcome()
if out == 'offering' then
  return { 'OFFERING' }
end

local details = reason and text_field('reason', reason) or ''
if out ~= 'refund' then
  local from = out == 'paid' and 'h' or 'a'
  for _, item in ipairs(items) do
    redis.call('HINCRBY', keys.sale, from .. item[1], -item[2])
    redis.call('HINCRBY', keys.sale, 's' .. item[1], item[2])
  end
  if out == 'paid' then
    details = json_field('hold', string.match(hold, '^%d+'))
    redis.call('HDEL', keys.holds, identity)
    redis.call('HSET', keys.buyers, buyer, units .. '|' .. (live == ref and '' or live))
  else
    redis.call('HSET', keys.buyers, buyer, (units + wanted) .. '|' .. live)
  end
  redis.call('HSET', KEYS[10], identity, ref_items(ref) .. '|' .. ref .. '|' .. buyer)
end
local seq = append(KEYS[2], KEYS[3], {
  entry_of('pay', ARGV[2], text_field('ticket', identity), text_field('payment', payment),
    text_field('out', out), details),
})
redis.call('HSET', KEYS[11], payment, seq)
return { 'DONE', seq }
