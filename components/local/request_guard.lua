-- Looks into each request before a model server does: refuses content types that the server parses badly, and finds
-- the model that a gRPC message names.

local function refuse(handle, status, text)
  handle:respond({ [":status"] = status }, text)
end

local function grpc_model(message)
  -- A five byte frame header, then field 1, the model's name, which every KServe v2 request starts with.
  if message:byte(1) ~= 0 or message:byte(6) ~= 0x0a or message:byte(7) > 127 then return nil end
  return message:sub(8, 7 + message:byte(7))
end

function envoy_on_request(handle)
  local kind = handle:headers():get("content-type")
  local body = handle:body()
  if kind == "application/grpc" or kind == "application/grpc+proto" then
    local model = body and body:length() > 7 and grpc_model(body:getBytes(0, body:length()))
    if not model then return refuse(handle, "400", "Send one uncompressed message that names its model first.") end
    handle:headers():replace("x-slipway-model", model)
    handle:clearRouteCache()
  elseif body and kind and kind ~= "application/json" and kind ~= "application/octet-stream" then
    return refuse(handle, "415", "Send application/json, or application/octet-stream with binary tensors.")
  end
end
