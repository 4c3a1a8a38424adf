-- The sliding window of a minute of two counters: this minute's count, and the previous minute's
-- weighted by how much of it is within the last 60 s. The same rule without Redis:
-- src/domain/request-window.ts. Whole numbers of ms throughout, so that both agree exactly.

local WINDOW_MS = 60000

-- What is left of a quota, in ms of a window's requests: WINDOW_MS per request that fits. `before`
-- and `during` count the previous minute and this one; `elapsed` is the time since this one began,
-- in ms.
local function free_of(quota, before, during, elapsed)
  return (quota - during) * WINDOW_MS - before * (WINDOW_MS - elapsed)
end

-- In how many ms the next request fits, if none fits now.
local function wait_ms(quota, before, during, elapsed)
  if during < quota then
    return WINDOW_MS - elapsed - math.floor((quota - 1 - during) * WINDOW_MS / before)
  end
  -- Not in this minute: in the next one, once enough of this one is outside the window.
  return 2 * WINDOW_MS - elapsed - math.floor((quota - 1) * WINDOW_MS / during)
end
