-- Items, tickets and buyers as they are written in Redis.
--   items   "0x1-2x3": product index x quantity, ascending by index
--   ref     "uid.index.job.position.epoch.items.key": a ticket (key may be empty)
--   buyer   "units|ref": units held or bought, and the ticket of the live claim, if any
--   hold    "seq|ref|buyer": the journal entry that made it, its ticket, its owner
--   paid    "items|ref|buyer": what a paid ticket still has, the ticket, its owner

-- "0x1-2x3" as {{index, quantity}, …} and the sum of the quantities.
local function parse_items(text)
  local items, units = {}, 0
  for index, quantity in string.gmatch(text, '(%d+)x(%d+)') do
    items[#items + 1] = { tonumber(index), tonumber(quantity) }
    units = units + tonumber(quantity)
  end
  return items, units
end

local function ref_identity(ref)
  return string.match(ref, '^[^.]*%.%d+')
end

local function ref_items(ref)
  return string.match(ref, '^[^.]*%.%d+%.%d+%.%d+%.%d+%.([^.]*)')
end

-- "units|ref" as units, ref; nothing on record is 0, "".
local function parse_buyer(record)
  if not record then
    return 0, ''
  end
  local units, ref = string.match(record, '^(%d+)|(.*)$')
  return tonumber(units), ref
end

-- "seq|ref|buyer" as seq, ref, buyer.
local function parse_hold(record)
  local seq, ref, buyer = string.match(record, '^(%d+)|([^|]*)|(.*)$')
  return tonumber(seq), ref, buyer
end

-- "items|ref|buyer" as items, ref, buyer.
local function parse_paid(record)
  return string.match(record, '^([^|]*)|([^|]*)|(.*)$')
end

-- Items as text without others ({{index, quantity}, …}); nil if they do not have that many.
local function without_items(text, others)
  local taken = {}
  for _, item in ipairs(others) do
    taken[item[1]] = (taken[item[1]] or 0) + item[2]
  end
  local left = {}
  for _, item in ipairs((parse_items(text))) do
    local quantity = item[2] - (taken[item[1]] or 0)
    taken[item[1]] = nil
    if quantity < 0 then
      return nil
    end
    if quantity > 0 then
      left[#left + 1] = item[1] .. 'x' .. quantity
    end
  end
  return next(taken) == nil and table.concat(left, '-') or nil
end
