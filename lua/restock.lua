#!lua
--[[
  Adds units to a product and offers them to the waitlist, or removes available units. I1: never
  below what is held and sold.

  KEYS  1 epoch  2 state  3 journal  4 sale  5 buyers  6 holds  7 waiters  8 shapes  9 origins
        10 restocks
  ARGV  1 epoch  2 sale id  3 product index  4 delta  5 keyed hash of the Idempotency-Key
        6 units a product may have  7 most tickets to take off the waitlist

  RETURNS, in order of precedence
    STALE_EPOCH
    NOT_LOADED
    REPEATED seq     the same restock was done before, under the same key
    KEY_REUSED       the key was used for another restock
    TOO_FEW units    fewer units are available than are to be taken away
    TOO_MANY units   the product would have more units than it may have
    RESTOCKED seq
]]
--- @include fragments/journal
--- @include fragments/claims
--- @include fragments/origins
--- @include fragments/waitlist

local index, delta = ARGV[3], tonumber(ARGV[4])

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
local counts = redis.call('HMGET', KEYS[4], 'a' .. index, 'h' .. index, 's' .. index)
if not counts[1] then
  return { 'NOT_LOADED' }
end
local before = redis.call('HGET', KEYS[10], ARGV[5])
if before then
  local seq, what = string.match(before, '^(%d+)|(.*)$')
  if what == index .. '|' .. ARGV[4] then
    return { 'REPEATED', tonumber(seq) }
  end
  return { 'KEY_REUSED' }
end
local available = tonumber(counts[1])
if available + delta < 0 then
  return { 'TOO_FEW', available }
end
local total = available + tonumber(counts[2]) + tonumber(counts[3])
if total + delta > tonumber(ARGV[6]) then
  return { 'TOO_MANY', total }
end
redis.call('HINCRBY', KEYS[4], 'a' .. index, delta)
local keys = waitlist_keys(KEYS, 4)
local offers = offer_to_waiting(keys, KEYS[2], tonumber(ARGV[7]))
local seq = append(KEYS[2], KEYS[3], {
  entry_of('restock', ARGV[2], json_field('index', index), json_field('delta', ARGV[4]),
    text_field('key', ARGV[5]), offers),
})
redis.call('HSET', KEYS[10], ARGV[5], seq .. '|' .. index .. '|' .. ARGV[4])
return { 'RESTOCKED', seq }
