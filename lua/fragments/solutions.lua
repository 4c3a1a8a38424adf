-- Solutions of challenges: each admits one ticket request, and its repeats. The key of a solution
-- names the request that used it, for as long as it could be used again.

-- The request that used each solution so far.
--   keys, first   its key per solution, from keys[first] on
--   solutions     as accept.ts passes them: {ticket, by, keepMs}, ticket is the index in the batch
local function read_solutions(keys, first, solutions)
  local read = { byTicket = {}, usedBy = {}, fresh = {} }
  if #solutions == 0 then
    return read
  end
  local used = redis.call('MGET', unpack(keys, first))
  for i, solution in ipairs(solutions) do
    solution.key = keys[first + i - 1]
    read.byTicket[solution.ticket] = solution
    read.usedBy[solution.key] = used[i]
  end
  return read
end

-- Whether the ticket may use its solution, which is then marked as used; true without a solution.
local function check_solution(read, ticket)
  local solution = read.byTicket[ticket]
  if not solution then
    return true
  end
  local by = read.usedBy[solution.key]
  if by and by ~= solution.by then
    return false
  end
  if not by then
    read.usedBy[solution.key] = solution.by
    read.fresh[#read.fresh + 1] = solution
  end
  return true
end

local function write_solutions(read)
  for _, solution in ipairs(read.fresh) do
    redis.call('SET', solution.key, solution.by, 'PX', solution.keepMs)
  end
end
