-- Looks into each request before a model server does, and into each answer before the caller does. Refuses what could
-- end or swell a model server, finds the model that a gRPC message names, and keeps a model server's insides inside.

local GRPC_PREFIX = "/inference.GRPCInferenceService/"
local CONTENT_TYPES = { ["application/json"] = true, ["application/octet-stream"] = true }
local GRPC_TYPES = { ["application/grpc"] = true, ["application/grpc+proto"] = true }
local MAX_LOGGED_BYTES = 1024
-- An answer larger than Envoy's buffer becomes an error when it is held back to be looked at.
local MAX_NOTED_BYTES = 512 * 1024
-- UNKNOWN, INTERNAL, DATA_LOSS: what a model server says when it is at fault; the gateway has other words.
local GRPC_FAULTS = { ["2"] = true, ["13"] = true, ["15"] = true }

local function reply(handle, status, text, extra)
  local headers = extra or {}
  headers[":status"] = status
  handle:respond(headers, text)
end

-- Runs a check that refuses by an error; an error of the guard itself must not let the request through.
local function passes(handle, extra, check, ...)
  local ok, result = pcall(check, ...)
  if ok then return true, result end
  if type(result) == "table" then
    reply(handle, "400", result.refusal, extra)
  else
    handle:logErr("request guard: " .. tostring(result))
    reply(handle, "500", "The gateway could not check this request.", extra and { ["grpc-status"] = "14" })
  end
  return false
end

local function guard_grpc(handle, method, kind)
  if not GRPC_METHODS[method] then
    return reply(handle, "501", "Call ModelInfer, ModelMetadata or ModelReady.", { ["grpc-status"] = "12" })
  end
  if not GRPC_TYPES[kind] then return reply(handle, "415", "Send application/grpc.", { ["grpc-status"] = "3" }) end
  local body = handle:body(true)
  local invalid = { ["grpc-status"] = "3" }
  local ok, model = passes(handle, invalid, check_grpc, method, body:getBytes(0, body:length()))
  if not ok then return end
  if method == "ModelReady" and not is_ready(handle, model) then
    return reply(handle, "503", "Model " .. model .. " is not ready.", { ["grpc-status"] = "14" })
  end
  handle:headers():replace("x-slipway-model", model)
  handle:clearRouteCache()
end

local function check_rest(body, json_bytes)
  local size = body:length()
  local json = size
  if json_bytes then
    json = find(json_bytes, "^%d+$") and #json_bytes <= 15 and tonumber(json_bytes) or 0
    if json == 0 or json > size then
      refuse("Inference-Header-Content-Length must be the size of the JSON part, from 1 to %d.", size)
    end
  end
  check_json(body:getBytes(0, json), size - json)
end

local function guard_infer(handle, headers)
  local kind, json_bytes = headers:get("content-type"), headers:get("inference-header-content-length")
  if headers:get(":method") ~= "POST" then
    return reply(handle, "405", "Send inference requests by POST.", { allow = "POST" })
  end
  if headers:get("content-encoding") then return reply(handle, "415", "Send the body without compression.") end
  if kind and not CONTENT_TYPES[kind] then
    local charset = "^%s*application/json%s*;%s*charset%s*=%s*\"?utf%-8\"?%s*$"
    local plain = find(kind:lower(), charset) and "application/json"
    if not plain then
      -- Envoy answers in gRPC whoever sends its content type, to any path.
      local invalid = find(kind, "^application/grpc") and { ["grpc-status"] = "3" }
      return reply(handle, "415", "Send application/json, or application/octet-stream with binary data.", invalid)
    end
    headers:replace("content-type", plain)
  end
  passes(handle, nil, check_rest, handle:body(true), json_bytes)
end

local function guard_question(handle, headers)
  if headers:get(":method") ~= "GET" then return reply(handle, "405", "Ask by GET.", { allow = "GET" }) end
  if handle:body() then return reply(handle, "400", "Ask without a body.") end
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local path = headers:get(":path")
  if sub(path, 1, #GRPC_PREFIX) == GRPC_PREFIX then
    return guard_grpc(handle, sub(path, #GRPC_PREFIX + 1), headers:get("content-type"))
  end
  local mark = find(path, "?", 1, true)
  if mark then
    path = sub(path, 1, mark - 1)
    headers:replace(":path", path)
  end
  if sub(path, -6) == "/infer" then return guard_infer(handle, headers) end
  return guard_question(handle, headers)
end

local function holds_path(text) return find(text, "/[%w_.-]+/") ~= nil end

local function log(handle, text)
  handle:streamInfo():dynamicMetadata():set("slipway", "upstream_error", sub(text, 1, MAX_LOGGED_BYTES))
end

local function guard_grpc_answer(handle, headers)
  local id = headers:get("x-request-id") or "unknown"
  if not headers:get("grpc-status") then
    for _ in handle:bodyChunks() do end
    headers = handle:trailers()
  end
  local status = headers and headers:get("grpc-status") or "0"
  if status == "0" then return end
  local message = headers:get("grpc-message") or ""
  if not GRPC_FAULTS[status] and not holds_path(message) then return end
  log(handle, message)
  headers:replace("grpc-message", format("The model server failed; its reason is in the log under request %s.", id))
end

local function guard_answer(handle, headers, status)
  if handle:metadata():get("trusted") then return end
  local id = headers:get("x-request-id") or "unknown"
  local body = handle:body(true)
  local text = body:getBytes(0, body:length())
  local failed = byte(status) == 53
  -- Only what the gateway itself answers names the request.
  if find(text, ',"request_id":', 1, true) or not failed and not holds_path(text) then return end
  log(handle, text)
  local reason = status == "503" and "The model server has too much to do or is starting; try again in a moment."
    or failed and "The model server failed; its reason is in the log under this request's id."
    or "The model server refused the request; its reason is in the log under this request's id."
  body:setBytes(format('{"error":"%s","request_id":"%s"}', reason, id:gsub('["\\]', "")))
  handle:headers():replace("content-type", "application/json")
end

-- The first values of the output that the route names, for the access log; a shift counts them.
local function note_prediction(handle, output)
  local body = handle:body()
  if not body then return end
  local text = body:getBytes(0, body:length())
  local _, named = find(text, '"name":"' .. output .. '"', 1, true)
  local _, opened = find(text, '"data":[', named or #text, true)
  local closed = opened and find(text, "]", opened, true)
  if not closed then return end
  local values = sub(text, opened + 1, math.min(closed - 1, opened + MAX_LOGGED_BYTES))
  handle:streamInfo():dynamicMetadata():set("slipway", "prediction", values)
end

function envoy_on_response(handle)
  local headers = handle:headers()
  local status = headers:get(":status")
  if headers:get("content-type") == "application/grpc" then return guard_grpc_answer(handle, headers) end
  if byte(status) >= 52 then return guard_answer(handle, headers, status) end
  local output = handle:metadata():get("prediction")
  if not output or headers:get("content-type") ~= "application/json" then return end
  if (tonumber(headers:get("content-length")) or math.huge) <= MAX_NOTED_BYTES then note_prediction(handle, output) end
end
