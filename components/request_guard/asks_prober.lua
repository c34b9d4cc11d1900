-- Asks who knows: a model server calls itself ready while its model is dead. An unknown model is left to the routes.
local function is_ready(handle, model)
  local headers = { [":method"] = "GET", [":path"] = "/v2/models/" .. model .. "/ready", [":authority"] = "prober" }
  headers["x-slipway-slot"] = handle:headers():get("x-slipway-slot")
  return handle:httpCall("prober", headers, "", 5000)[":status"] ~= "503"
end
