#!lua
--[[
  Takes a ticket off the waitlist at its buyer's request.

  I3: a ticket that no longer waits (it was offered its units, or its waiting has ended) keeps its
  outcome.

  KEYS  1 epoch  2 state  3 journal  4 sale  5 waiters  6 shapes
  ARGV  1 epoch  2 sale id  3 buyer  4 ticket identity

  RETURNS, in order of precedence
    STALE_EPOCH
    NOT_LOADED
    GONE          it does not wait
    LEFT seq
]]
--- @include fragments/journal
--- @include fragments/claims
--- @include fragments/origins
--- @include fragments/waitlist

if not epoch_is(KEYS[1], ARGV[1]) then
  return { 'STALE_EPOCH' }
end
if redis.call('EXISTS', KEYS[4]) == 0 then
  return { 'NOT_LOADED' }
end
local line, ref = string.match(redis.call('HGET', KEYS[5], ARGV[3]) or '', '^(%d+)|([^|]*)')
if not line or ref_identity(ref) ~= ARGV[4] then
  return { 'GONE' }
end
local ticket = { member = shape_member(ref_items(ref), tonumber(line), ARGV[3]), buyer = ARGV[3] }
remove_waiting({ sale = KEYS[4], waiters = KEYS[5], shapes = KEYS[6] }, { ticket })
local entry = entry_of('leave', ARGV[2], json_field('line', line))
return { 'LEFT', append(KEYS[2], KEYS[3], { entry }) }
