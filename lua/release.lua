#!lua
--[[
  Ends unpaid holds of a sale, one after another: the units of each are returned and offered to the
  waitlist, its buyer may try again. Each has an entry of its own.

  I7: a hold is named by the journal entry that made it, never by its ticket alone, so that a late
  release cannot free a newer hold.

  KEYS  1 epoch  2 state  3 journal  4 sale  5 buyers  6 holds  7 waiters  8 shapes  9 origins
  ARGV  1 epoch  2 sale id  3 cause (expired, cancelled)  4 most tickets to take off the waitlist,
        for all holds together, then for each hold the identity of its ticket and its seq

  RETURNS, in order of precedence
    STALE_EPOCH
    NOT_LOADED
    GONE            none of them is there: they have ended already
    RELEASED seq    the last entry; holds that are not there are left out
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

local left = tonumber(ARGV[4]) -- tickets that may still be taken off the waitlist

local function end_hold(identity, holdSeq)
  local record = redis.call('HGET', KEYS[6], identity)
  if not record then
    return nil
  end
  local seq, ref, buyer = parse_hold(record)
  if seq ~= tonumber(holdSeq) then
    return nil
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

  local offers, taken = offer_to_waiting(waitlist_keys(KEYS, 4), KEYS[2], left)
  left = left - taken
  return append(KEYS[2], KEYS[3], {
    entry_of('release', ARGV[2], text_field('ticket', identity), json_field('hold', holdSeq),
      text_field('cause', ARGV[3]), offers),
  })
end

local last
for i = 5, #ARGV, 2 do
  last = end_hold(ARGV[i], ARGV[i + 1]) or last
end
if not last then
  return { 'GONE' }
end
return { 'RELEASED', last }
