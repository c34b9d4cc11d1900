-- Reads a KServe v2 gRPC message, strictly: which model it is for, and that its tensors hold what their shapes say.
-- Singular fields that come twice are refused, for readers differ in which one counts.

local band, rshift = bit.band, bit.rshift

local function read_varint(s, i, stop)
  local value, scale = 0, 1
  for _ = 1, 10 do
    local b = i <= stop and byte(s, i) or 128
    i = i + 1
    if b < 128 then return i, value + b * scale end
    value = value + (b - 128) * scale
    scale = scale * 128
  end
  refuse("The message holds an invalid number.")
end

-- Valid sequences of more than one byte, as RFC 3629 lists them.
local UTF8 = {
  "^[\194-\223][\128-\191]",
  "^\224[\160-\191][\128-\191]",
  "^[\225-\236\238\239][\128-\191][\128-\191]",
  "^\237[\128-\159][\128-\191]",
  "^\240[\144-\191][\128-\191][\128-\191]",
  "^[\241-\243][\128-\191][\128-\191][\128-\191]",
  "^\244[\128-\143][\128-\191][\128-\191]",
}

local function sequence_end(text, i)
  for n = 1, #UTF8 do
    local _, last = find(text, UTF8[n], i)
    if last then return last end
  end
  refuse("The message holds text that is not UTF-8.")
end

-- Protobuf refuses a whole message for one text that is not UTF-8, and a model server calls that its own failure.
local function read_string(s, first, last)
  local text = sub(s, first, last)
  local i = find(text, "[\128-\255]")
  while i do i = find(text, "[\128-\255]", sequence_end(text, i) + 1) end
  return text
end

-- Calls visit(field, wire type, first byte or value, last byte) for each field of a message in s[i..stop].
local function each_field(s, i, stop, visit)
  for _ = 1, 4 * MAX_ITEMS do
    if i > stop then return end
    local tag = byte(s, i)
    local wire, value = band(tag, 7), nil
    if tag < 8 or tag > 127 then refuse("The message has a field that the protocol does not know.") end
    if wire == 0 then
      i, value = read_varint(s, i + 1, stop)
      visit(rshift(tag, 3), wire, value)
    elseif wire == 2 then
      i, value = read_varint(s, i + 1, stop)
      if value > stop - i + 1 then refuse("The message ends too soon.") end
      visit(rshift(tag, 3), wire, i, i + value - 1)
      i = i + value
    elseif wire == 1 and stop - i >= 8 then
      visit(rshift(tag, 3), wire)
      i = i + 9
    else
      refuse("The message has a field of a type that the protocol does not use.")
    end
  end
  refuse("The message has more than %d fields.", 4 * MAX_ITEMS)
end

local function once(fields, number, value)
  if fields[number] ~= nil then refuse("The message has the same field twice.") end
  fields[number] = value
end

local function check_parameter(s, i, stop)
  each_field(s, i, stop, function(number, wire, first, last)
    if wire ~= 2 or number > 2 then refuse("A parameter has a field that the protocol does not know.") end
    if number == 1 and find(read_string(s, first, last), "^shared_memory") then
      refuse("Shared memory is not offered here; send the data itself.")
    elseif number == 2 then
      each_field(s, first, last, function(_, kind, from, to)
        if kind == 2 then read_string(s, from, to) end
      end)
    end
  end)
end

local function check_output(s, i, stop)
  each_field(s, i, stop, function(number, wire, first, last)
    if wire ~= 2 or number > 2 then refuse("An output has a field that the protocol does not know.") end
    if number == 1 then read_string(s, first, last) else check_parameter(s, first, last) end
  end)
end

local function count_varints(s, first, last)
  local count, bytes = 0, 0
  for i = first, last do
    bytes = bytes + 1
    if byte(s, i) < 128 then
      count = count + 1
      bytes = 0
    elseif bytes == 10 then
      refuse("The message holds an invalid number.")
    end
  end
  if bytes > 0 then refuse("The message holds an invalid number.") end
  return count
end

-- InferTensorContents: field number → how many bytes an element takes; 0 for a varint or a length-prefixed text.
local CONTENT_BYTES = { 0, 0, 0, 0, 0, 4, 8, 0 }
local CONTENT_FIELD = {
  BOOL = 1, INT8 = 2, INT16 = 2, INT32 = 2, INT64 = 3, UINT8 = 4, UINT16 = 4, UINT32 = 4, UINT64 = 5, FP32 = 6,
  FP64 = 7, BYTES = 8,
}

local function count_contents(s, i, stop, datatype)
  local count, wanted = 0, CONTENT_FIELD[datatype]
  local width = CONTENT_BYTES[wanted]
  for _ = 1, MAX_VALUES do
    if i > stop then return count end
    local tag, size = byte(s, i), nil
    if rshift(tag, 3) ~= wanted then refuse("An input has contents that are not of its datatype %s.", datatype) end
    if band(tag, 7) ~= 2 then refuse("An input has contents that are not packed.") end
    i, size = read_varint(s, i + 1, stop)
    if size > stop - i + 1 then refuse("The message ends too soon.") end
    if wanted == 8 then
      count = count + 1
    elseif width > 0 then
      count = count + size / width
    else
      count = count + count_varints(s, i, i + size - 1)
    end
    i = i + size
  end
end

local function read_packed(s, i, stop, shape)
  while i <= stop do i, shape[#shape + 1] = read_varint(s, i, stop) end
end

local function read_tensor(s, i, stop)
  local fields, shape = {}, {}
  each_field(s, i, stop, function(number, wire, first, last)
    if number == 3 and wire == 0 then
      shape[#shape + 1] = first
    elseif number == 3 and wire == 2 then
      read_packed(s, first, last, shape)
    elseif number == 4 and wire == 2 then
      check_parameter(s, first, last)
    elseif (number == 1 or number == 2) and wire == 2 then
      once(fields, number, read_string(s, first, last))
    elseif number == 5 and wire == 2 then
      once(fields, number, { first, last })
    else
      refuse("An input has a field that the protocol does not know.")
    end
  end)
  local datatype = fields[2] or ""
  if not ELEMENT_BYTES[datatype] then refuse("The datatype %s is not one that the protocol knows.", datatype) end
  local count, problem = count_values(shape)
  if problem then refuse("The shape of an input %s", problem) end
  local tensor = { datatype = datatype, count = count }
  if fields[5] then
    tensor.held = CONTENT_FIELD[datatype] and count_contents(s, fields[5][1], fields[5][2], datatype)
  end
  return tensor
end

local function check_tensors(tensors, raw)
  if #raw > 0 and #raw ~= #tensors then
    refuse("The message has %d inputs, but raw contents for %d.", #tensors, #raw)
  end
  for n = 1, #tensors do
    local tensor = tensors[n]
    local width = ELEMENT_BYTES[tensor.datatype]
    if raw[n] and tensor.held or not raw[n] and not tensor.held then
      refuse("Input %d needs either contents or raw contents.", n)
    elseif raw[n] and width > 0 and raw[n] ~= tensor.count * width then
      refuse("Input %d has %.0f bytes, but its shape asks for %.0f.", n, raw[n], tensor.count * width)
    elseif tensor.held and tensor.held ~= tensor.count then
      refuse("Input %d has %.0f values, but its shape asks for %.0f.", n, tensor.held, tensor.count)
    end
  end
end

-- Returns the model that an inference request names.
local function check_infer(s)
  local fields, tensors, raw = {}, {}, {}
  each_field(s, 6, #s, function(number, wire, first, last)
    if wire ~= 2 or number > 7 then refuse("The message has a field that the protocol does not know.") end
    if number <= 3 then
      once(fields, number, read_string(s, first, last))
    elseif number == 4 then
      check_parameter(s, first, last)
    elseif number == 5 then
      tensors[#tensors + 1] = read_tensor(s, first, last)
    elseif number == 6 then
      check_output(s, first, last)
    else
      raw[#raw + 1] = last - first + 1
    end
  end)
  check_tensors(tensors, raw)
  return fields[1]
end

-- Returns the model that a question about a model names.
local function check_question(s)
  local fields = {}
  each_field(s, 6, #s, function(number, wire, first, last)
    if wire ~= 2 or number > 2 then refuse("The message has a field that the protocol does not know.") end
    once(fields, number, read_string(s, first, last))
  end)
  return fields[1]
end

local GRPC_METHODS = { ModelInfer = check_infer, ModelMetadata = check_question, ModelReady = check_question }

-- Returns the model that a gRPC request names, as it arrives: one frame of five bytes and a message.
local function check_grpc(method, s)
  local a, b, c, d = byte(s, 2, 5)
  if #s < 5 or byte(s, 1) ~= 0 or ((a * 256 + b) * 256 + c) * 256 + d ~= #s - 5 then
    refuse("Send exactly one message, uncompressed.")
  end
  local model = GRPC_METHODS[method](s)
  if not model or not find(model, "^[a-z][a-z0-9_-]*$") or #model > 40 then
    refuse("The message does not name a model as models are named here.")
  end
  return model
end
