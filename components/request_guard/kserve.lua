-- Reads a KServe v2 inference request: what is not in the protocol is refused, and so is all that a model server would
-- answer with an error of its own (5xx) or with memory for a shape that no data fills.

local MAX_VALUES = 2 ^ 31
local ELEMENT_BYTES = {
  BOOL = 1, UINT8 = 1, UINT16 = 2, UINT32 = 4, UINT64 = 8, INT8 = 1, INT16 = 2, INT32 = 4, INT64 = 8,
  FP16 = 2, BF16 = 2, FP32 = 4, FP64 = 8, BYTES = 0,
}

local function read_identity(s, i)
  if byte(s, i) == 34 then return read_text(s, i) end
  return read_size(s, i)
end

local function read_parameter(s, i)
  local b = byte(s, i) or 0
  if b == 34 then return read_text(s, i) end
  if b == 116 or b == 102 then return read_boolean(s, i) end
  return read_number(s, i, {})
end

-- These have a type of their own; a model server answers 500 to any other.
local PARAMETERS = setmetatable({
  binary_data_size = read_size, classification = read_size, priority = read_size, timeout = read_size,
  binary_data = read_boolean, binary_data_output = read_boolean,
  sequence_start = read_boolean, sequence_end = read_boolean, sequence_id = read_identity,
}, {
  __index = function(_, key)
    if sub(key, 1, 13) == "shared_memory" then refuse("Shared memory is not offered here; send the data itself.") end
    return read_parameter
  end,
})

local function read_parameters(s, i) return read_members(s, i, PARAMETERS) end

local function read_shape(s, i) return read_items(s, i, read_size) end

local INPUT = {
  name = read_plain_text, datatype = read_plain_text, shape = read_shape, parameters = read_parameters,
  data = read_data,
}
local OUTPUT = { name = read_plain_text, parameters = read_parameters }

-- Returns how many values a shape asks for, or what is wrong with it.
local function count_values(shape)
  local count = 1
  for n = 1, #shape do count = count * shape[n] end
  if count == 0 then return nil, "holds a 0, so there is nothing to compute." end
  if count > MAX_VALUES then return nil, "asks for more than 2^31 values." end
  return count
end

local function check_kind(input)
  local datatype, data = input.datatype, input.data
  local kind = datatype == "BYTES" and "strings" or datatype == "BOOL" and "booleans" or "numbers"
  if data.kind ~= kind then refuse_member("data", "must hold %s, for its datatype is %s.", kind, datatype) end
  local signed, unsigned = find(datatype, "^INT"), find(datatype, "^UINT")
  if (signed or unsigned) and data.fraction or signed and data.beyond_signed
    or unsigned and (data.negative or data.beyond_unsigned) then
    refuse_member("data", "holds a number that %s cannot hold.", datatype)
  end
end

local function read_input(s, i)
  local after, input = read_members(s, i, INPUT)
  if not (input.name and input.datatype and input.shape) then refuse_value("needs name, datatype and shape.") end
  local width = ELEMENT_BYTES[input.datatype]
  if not width then refuse_member("datatype", "is not one that the protocol knows.") end
  local count, problem = count_values(input.shape)
  if problem then refuse_member("shape", problem) end
  local binary = (input.parameters or {}).binary_data_size
  if (input.data == nil) == (binary == nil) then
    refuse_value("needs either data or parameters.binary_data_size.")
  end
  if binary and width > 0 and binary ~= count * width then
    refuse_value("announces %.0f bytes, but its shape asks for %.0f.", binary, count * width)
  elseif input.data then
    check_kind(input)
    if input.data.count ~= count then
      refuse_member("data", "holds %d values, but its shape asks for %.0f.", input.data.count, count)
    end
  end
  return after, binary or 0
end

local function read_output(s, i)
  local after, output = read_members(s, i, OUTPUT)
  if not output.name then refuse_value("needs a name.") end
  return after, output
end

local REQUEST = {
  id = read_plain_text,
  parameters = read_parameters,
  inputs = function(s, i) return read_items(s, i, read_input) end,
  outputs = function(s, i) return read_items(s, i, read_output) end,
}

-- Refuses a request unless it is valid JSON of the protocol, followed by the binary data that it announces.
local function check_json(s, binary_bytes)
  depth = 0
  local start = skip(s, 1)
  local i, request = read_members(s, start, REQUEST)
  if skip(s, i) <= #s then refuse("request is followed by something else.") end
  if not request.inputs or #request.inputs == 0 then refuse("request needs inputs.") end
  local announced = 0
  for n = 1, #request.inputs do announced = announced + request.inputs[n] end
  if announced ~= binary_bytes then
    refuse("request announces %.0f bytes of binary data, but is followed by %.0f.", announced, binary_bytes)
  end
end
