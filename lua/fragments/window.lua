-- The sliding window of a minute by two counters: what was counted in this minute, and what was counted in the one
-- before, weighted by how much of it the last 60 s still cover. The same rule without Redis: src/domain/window.ts.
-- All is whole numbers of ms, so that both agree to the last request.

local WINDOW_MS = 60000

-- Whether one more request fits. `before` and `during` count the last minute and this one, of which `elapsed` ms are over.
local function fits(quota, before, during, elapsed)
  return before * (WINDOW_MS - elapsed) + (during + 1) * WINDOW_MS <= quota * WINDOW_MS
end

-- How many more requests fit.
local function remaining(quota, before, during, elapsed)
  local free = quota * WINDOW_MS - before * (WINDOW_MS - elapsed) - during * WINDOW_MS
  return math.max(0, math.floor(free / WINDOW_MS))
end

-- In how many ms the next request fits, where none fits now.
local function wait_ms(quota, before, during, elapsed)
  if during < quota then
    return WINDOW_MS - elapsed - math.floor((quota - 1 - during) * WINDOW_MS / before)
  end
  -- Not in this minute: in the next one, once enough of this has gone.
  return 2 * WINDOW_MS - elapsed - math.floor((quota - 1) * WINDOW_MS / during)
end
