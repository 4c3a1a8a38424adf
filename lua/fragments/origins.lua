-- Holds by where they come from (an IP, an e-mail address, as keyed hashes), for the sale's limit
-- on holds in a time.
--   origins   by hash: when its last holds were made, in ms, "t1,t2,…", the newest last
-- A ticket's origin is "hash" or "hash,hash". The sale's hash has `holdCount` (holds that one hash
-- may make, 0 without a limit) and `holdWindow` (in so many ms). Holds with an origin are counted
-- whether the sale has a limit or not.

local HOLDS_KEPT = 20 -- HOLD_LIMIT_MAX in src/domain/sale.ts

-- Whether a hold made `at` would exceed the limit of any part of the origin. `holdsOf` returns the
-- record of a hash.
local function is_over_holds(origin, holdsOf, at, count, window)
  if not origin or count == 0 then
    return false
  end
  for hash in string.gmatch(origin, '[^,]+') do
    local made = 0
    for time in string.gmatch(holdsOf(hash) or '', '%d+') do
      if tonumber(time) > at - window then
        made = made + 1
      end
    end
    if made >= count then
      return true
    end
  end
  return false
end

-- The record of a hash with one more hold.
local function with_hold(record, at)
  local time = string.format('%.0f', at)
  if not record then
    return time
  end
  local _, kept = string.gsub(record, ',', '')
  if kept + 1 >= HOLDS_KEPT then
    record = string.match(record, ',(.*)$')
  end
  return record .. ',' .. time
end
