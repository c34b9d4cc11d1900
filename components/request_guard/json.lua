-- Reads JSON strictly. Each reader takes the text and the place of a value's first byte, and returns the place after the
-- value. What is not JSON is refused by an error that the guard turns into an answer; so is what a model server would
-- take for a failure of its own, such as a number too large for it.
-- Loops over bytes are the fast way here: LuaJIT compiles them, but not patterns.

local byte, find, format, sub = string.byte, string.find, string.format, string.sub

local MAX_DEPTH = 16
local MAX_ITEMS = 256
local MAX_NAME_BYTES = 256
local MAX_NUMBER_BYTES = 64

-- Names and indices that lead to the value being read. Kept for messages alone, in one table, because a text made for
-- each value would cost more than reading it.
local steps, depth = {}, 0

local function refuse(text, ...)
  error({ refusal = format(text, ...) }, 0)
end

-- Refuses the value being read.
local function refuse_value(text, ...)
  local path = "request"
  for n = 1, depth do
    path = path .. (type(steps[n]) == "number" and "[" .. steps[n] .. "]" or "." .. steps[n])
  end
  refuse("%s " .. text, path, ...)
end

local function refuse_member(name, text, ...)
  depth = depth + 1
  steps[depth] = name
  refuse_value(text, ...)
end

local function skip(s, i)
  local b = byte(s, i) or 0
  while b == 32 or b == 10 or b == 13 or b == 9 do
    i = i + 1
    b = byte(s, i) or 0
  end
  return i, b
end

local function read_escape(s, i)
  local b = byte(s, i + 1) or 0
  if find('"\\/bfnrt', string.char(b), 1, true) then return i + 2 end
  local code = b == 117 and find(s, "^%x%x%x%x", i + 2) and tonumber(sub(s, i + 2, i + 5), 16)
  if not code or code >= 0xdc00 and code <= 0xdfff then refuse_value("holds an invalid escape sequence.") end
  if code < 0xd800 or code > 0xdbff then return i + 6 end
  if not find(s, "^\\u[dD][c-fC-F]%x%x", i + 6) then refuse_value("holds half of a surrogate pair.") end
  return i + 12
end

local function read_text(s, i)
  if byte(s, i) ~= 34 then refuse_value("must be a string.") end
  i = i + 1
  while true do
    local b = byte(s, i) or 0
    if b == 34 then return i + 1 end
    if b < 32 then refuse_value("holds a control character or has no closing quotation mark.") end
    if b == 92 then i = read_escape(s, i) else i = i + 1 end
  end
end

local function read_plain_text(s, i)
  local after = read_text(s, i)
  local value = sub(s, i + 1, after - 2)
  if #value > MAX_NAME_BYTES then refuse_value("is longer than %d bytes.", MAX_NAME_BYTES) end
  return after, value
end

local function read_boolean(s, i)
  if sub(s, i, i + 3) == "true" then return i + 4 end
  if sub(s, i, i + 4) == "false" then return i + 5 end
  refuse_value("must be true or false.")
end

local function read_size(s, i)
  local _, last, digits = find(s, "^(%d+)", i)
  if not digits or #digits > 15 or (#digits > 1 and byte(digits) == 48) then
    refuse_value("must be a whole number of at most 15 digits.")
  end
  return last + 1, tonumber(digits)
end

local function read_members(s, i, readers)
  if byte(s, i) ~= 123 then refuse_value("must be an object.") end
  local members, b = {}, nil
  i, b = skip(s, i + 1)
  if b == 125 then return i + 1, members end
  for _ = 1, MAX_ITEMS do
    local _, last, key = find(s, '^"([^"\\%c]*)"[ \t\r\n]*:[ \t\r\n]*', i)
    if not key or #key > MAX_NAME_BYTES then
      refuse_value("has a member whose name is not a plain string of at most %d bytes.", MAX_NAME_BYTES)
    end
    if members[key] ~= nil then refuse_value("has the member %s twice.", key) end
    local read = readers[key]
    if not read then refuse_value("has a member %s, which the protocol does not know.", key) end
    local value
    depth = depth + 1
    steps[depth] = key
    i, value = read(s, last + 1)
    depth = depth - 1
    members[key] = value or true
    i, b = skip(s, i)
    if b == 125 then return i + 1, members end
    if b ~= 44 then refuse_value("is not valid JSON after its member %s.", key) end
    i = skip(s, i + 1)
  end
  refuse_value("has more than %d members.", MAX_ITEMS)
end

local function read_items(s, i, read)
  if byte(s, i) ~= 91 then refuse_value("must be an array.") end
  local items, b = {}, nil
  i, b = skip(s, i + 1)
  if b == 93 then return i + 1, items end
  for n = 1, MAX_ITEMS do
    depth = depth + 1
    steps[depth] = n - 1
    i, items[n] = read(s, i)
    depth = depth - 1
    i, b = skip(s, i)
    if b == 93 then return i + 1, items end
    if b ~= 44 then refuse_value("is not valid JSON after item %d.", n - 1) end
    i = skip(s, i + 1)
  end
  refuse_value("has more than %d items.", MAX_ITEMS)
end

-- What a run of numbers was seen to hold; a model server takes an integer type only from plain integers of its range.
local function note_integer(s, first, last, seen)
  local negative = byte(s, first) == 45
  local digits = sub(s, negative and first + 1 or first, last)
  if #digits > 19 or (#digits == 19 and digits > (negative and "9223372036854775808" or "9223372036854775807")) then
    seen.beyond_signed = true
  end
  if #digits > 20 or (#digits == 20 and digits > "18446744073709551615") then seen.beyond_unsigned = true end
end

local function read_exponent(s, first, i)
  local _, last, sign, digits = find(s, "^([+-]?)0*(%d*)", i + 1)
  if not find(s, "^%d", last) then refuse_value("must be a number as JSON writes them.") end
  local infinite = tonumber(sub(s, first, last)) == math.huge or tonumber(sub(s, first, last)) == -math.huge
  if sign ~= "-" and (infinite or #digits > 3 or (tonumber(digits) or 0) > 308) then
    refuse_value("is out of range.")
  end
  return last + 1, byte(s, last + 1) or 0
end

local function read_number(s, i, seen)
  local first, b = i, byte(s, i) or 0
  if b == 45 then
    seen.negative = true
    i = i + 1
    b = byte(s, i) or 0
  end
  if b == 48 then
    i = i + 1
    b = byte(s, i) or 0
  elseif b >= 49 and b <= 57 then
    repeat
      i = i + 1
      b = byte(s, i) or 0
    until b < 48 or b > 57
  else
    refuse_value("must be a number.")
  end
  if i - first > 18 then note_integer(s, first, i - 1, seen) end
  if b == 46 then
    seen.fraction = true
    i = i + 1
    b = byte(s, i) or 0
    if b < 48 or b > 57 then refuse_value("must be a number as JSON writes them.") end
    repeat
      i = i + 1
      b = byte(s, i) or 0
    until b < 48 or b > 57
  end
  if b == 101 or b == 69 then
    seen.fraction = true
    i, b = read_exponent(s, first, i)
  end
  if i - first > MAX_NUMBER_BYTES then refuse_value("is longer than %d bytes.", MAX_NUMBER_BYTES) end
  return i
end

local function data_reader(b, seen)
  if b == 34 then
    seen.kind = "strings"
    return read_text
  elseif b == 116 or b == 102 then
    seen.kind = "booleans"
    return read_boolean
  end
  seen.kind = "numbers"
  return read_number
end

-- Nested arrays are allowed, for a model server flattens them; what counts is how many values there are.
local function read_data(s, i)
  local seen, open_arrays, count, read, b = {}, 0, 0, nil, nil
  if byte(s, i) ~= 91 then refuse_value("must be an array.") end
  depth = depth + 1
  while true do
    steps[depth] = count
    i, b = skip(s, i)
    while b == 91 do
      open_arrays = open_arrays + 1
      if open_arrays > MAX_DEPTH then refuse_value("is nested deeper than %d arrays.", MAX_DEPTH) end
      i, b = skip(s, i + 1)
    end
    read = read or data_reader(b, seen)
    i = read(s, i, seen)
    count = count + 1
    i, b = skip(s, i)
    while b == 93 do
      open_arrays = open_arrays - 1
      if open_arrays == 0 then
        depth = depth - 1
        seen.count = count
        return i + 1, seen
      end
      i, b = skip(s, i + 1)
    end
    if b ~= 44 then refuse_value("is followed by something that is not valid JSON.") end
    i = i + 1
  end
end
