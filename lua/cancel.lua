#!lua
--[[
  Requests that a ticket still in line be cancelled at its turn. It changes no decision, so it is
  not journaled: the decision that finds the request is.

  I3: a decided ticket keeps its decision.

  The request is stored under the ticket and, if it has a key, under the attempt ("key.items"): the
  first ticket of the attempt is the one that is decided. Its score is the ticket's job; it is
  removed when progress has passed that.

  KEYS  1 epoch  2 outcomes  3 cancels  4 attempts  5 sale
  ARGV  1 epoch  2 batch uid  3 ticket identity  4 job  5 key or ""  6 items

  RETURNS, in order of precedence
    STALE_EPOCH
    NOT_LOADED    the sale's keys are missing, or those of its tickets
    DECIDED       the ticket, or the attempt that it repeats, has its decision
    REQUESTED
]]
--- @include fragments/journal
--- @include fragments/claims

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
local sale = redis.call('HMGET', KEYS[5], 'starts', 'missing')
if not sale[1] or (sale[2] or '') ~= '' then
  return { 'NOT_LOADED' }
end
if redis.call('HEXISTS', KEYS[2], ARGV[2]) == 1 then
  return { 'DECIDED' }
end
local identity, job, key, items = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if key ~= '' then
  local first = redis.call('HGET', KEYS[4], key)
  if first and ref_items(first) == items then
    return { 'DECIDED' }
  end
  redis.call('ZADD', KEYS[3], job, key .. '.' .. items)
end
redis.call('ZADD', KEYS[3], job, identity)
return { 'REQUESTED' }
