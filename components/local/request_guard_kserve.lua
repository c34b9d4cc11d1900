-- Reads a KServe v2 inference request: what is not in the protocol is refused, and so is all that a model server would
-- answer with an error of its own (5xx) or with memory for a shape that no data fills.

local MAX_VALUES = 2 ^ 31
local ELEMENT_BYTES = {
  BOOL = 1, UINT8 = 1, UINT16 = 2, UINT32 = 4, UINT64 = 8, INT8 = 1, INT16 = 2, INT32 = 4, INT64 = 8,
  FP16 = 2, BF16 = 2, FP32 = 4, FP64 = 8, BYTES = 0,
}

local function read_identity(s, i, where)
  if byte(s, i) == 34 then return read_text(s, i, where) end
  return read_size(s, i, where)
end

local function read_parameter(s, i, where)
  local b = byte(s, i) or 0
  if b == 34 then return read_text(s, i, where) end
  if b == 116 or b == 102 then return read_boolean(s, i, where) end
  return read_number(s, i, where, {})
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

local function read_parameters(s, i, where) return read_members(s, i, where, PARAMETERS) end

local function read_shape(s, i, where) return read_items(s, i, where, read_size) end

local INPUT = {
  name = read_plain_text, datatype = read_plain_text, shape = read_shape, parameters = read_parameters,
  data = read_data,
}
local OUTPUT = { name = read_plain_text, parameters = read_parameters }

local function count_values(shape, where)
  local count = 1
  for n = 1, #shape do count = count * shape[n] end
  if count == 0 then refuse("%s.shape holds a 0, so there is nothing to compute.", where) end
  if count > MAX_VALUES then refuse("%s.shape asks for more than 2^31 values.", where) end
  return count
end

local function check_kind(input, where)
  local datatype, data = input.datatype, input.data
  local kind = datatype == "BYTES" and "strings" or datatype == "BOOL" and "booleans" or "numbers"
  if data.kind ~= kind then refuse("%s.data must hold %s, for its datatype is %s.", where, kind, datatype) end
  local signed, unsigned = find(datatype, "^INT"), find(datatype, "^UINT")
  if (signed or unsigned) and data.fraction or signed and data.beyond_signed
    or unsigned and (data.negative or data.beyond_unsigned) then
    refuse("%s.data holds a number that %s cannot hold.", where, datatype)
  end
end

local function read_input(s, i, where)
  local after, input = read_members(s, i, where, INPUT)
  if not (input.name and input.datatype and input.shape) then
    refuse("%s needs name, datatype and shape.", where)
  end
  local width = ELEMENT_BYTES[input.datatype]
  if not width then refuse("%s.datatype is not one that the protocol knows.", where) end
  local count = count_values(input.shape, where)
  local binary = (input.parameters or {}).binary_data_size
  if (input.data == nil) == (binary == nil) then
    refuse("%s needs either data or parameters.binary_data_size.", where)
  end
  if binary and width > 0 and binary ~= count * width then
    refuse("%s.parameters.binary_data_size is %.0f, but its shape asks for %.0f bytes.", where, binary, count * width)
  elseif input.data then
    check_kind(input, where)
    if input.data.count ~= count then
      refuse("%s.data holds %d values, but its shape asks for %.0f.", where, input.data.count, count)
    end
  end
  return after, binary or 0
end

local function read_output(s, i, where)
  local after, output = read_members(s, i, where, OUTPUT)
  if not output.name then refuse("%s needs a name.", where) end
  return after, output
end

local REQUEST = {
  id = read_plain_text,
  parameters = read_parameters,
  inputs = function(s, i, where) return read_items(s, i, where, read_input) end,
  outputs = function(s, i, where) return read_items(s, i, where, read_output) end,
}

-- Refuses a request unless it is valid JSON of the protocol, followed by the binary data that it announces.
local function check_json(s, binary_bytes)
  local i, request, b
  i, request = read_members(s, skip(s, 1), "request", REQUEST)
  i, b = skip(s, i)
  if i <= #s then refuse("request is followed by something else.") end
  if not request.inputs or #request.inputs == 0 then refuse("request needs inputs.") end
  local announced = 0
  for n = 1, #request.inputs do announced = announced + request.inputs[n] end
  if announced ~= binary_bytes then
    refuse("request announces %.0f bytes of binary data, but is followed by %.0f.", announced, binary_bytes)
  end
end
