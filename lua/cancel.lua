#!lua
--[[
  Asks that a ticket that is still in line be cancelled at its turn. It changes no decision, so it is not
  journaled: the decision that finds the request is.

  I3: a ticket that is decided keeps its decision.

  KEYS  1 epoch  2 outcomes  3 cancels  4 attempts
  ARGV  1 epoch  2 batch uid  3 cancel token ("key.items" of the attempt, else the ticket's identity)
        4 key or ""  5 items

  RETURNS, in order of precedence
    STALE_EPOCH
    DECIDED       the ticket, or the attempt that it repeats, has its decision
    REQUESTED
]]
--- @include fragments/journal
--- @include fragments/claims

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
if redis.call('HEXISTS', KEYS[2], ARGV[2]) == 1 then
  return { 'DECIDED' }
end
if ARGV[4] ~= '' then
  local first = redis.call('HGET', KEYS[4], ARGV[4])
  if first and ref_items(first) == ARGV[5] then
    return { 'DECIDED' }
  end
end
redis.call('HSET', KEYS[3], ARGV[3], 1)
return { 'REQUESTED' }
