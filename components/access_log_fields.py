"""The fields of the gateway's access log, one JSON object a request; keys, queries and bodies stay out.

Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/observability/access_log/usage
"""

from serving.gateway_names import CLIENT_HEADER


def access_log_fields(*, model: str, slot: str, release: str) -> dict[str, str]:
    """Return field → Envoy's command for it.

    Args:
        model: The command that tells the model; it follows from how a gateway routes.
        slot: Likewise the slot that answered.
        release: Likewise its release.
    """
    return {
        "time": "%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%",
        "request_id": "%REQ(X-REQUEST-ID)%",
        "client": f"%REQ({CLIENT_HEADER})%",
        "model": model,
        "slot": slot,
        "release": release,
        "method": "%REQ(:METHOD)%",
        "path": "%PATH(NQ)%",
        "status": "%RESPONSE_CODE%",
        "grpc_status": "%GRPC_STATUS_NUMBER%",
        "details": "%RESPONSE_CODE_DETAILS%",
        "flags": "%RESPONSE_FLAGS%",
        "upstream_error": "%DYNAMIC_METADATA(slipway:upstream_error)%",
        "total_ms": "%DURATION%",
        "upstream_us": "%COMMON_DURATION(US_TX_BEG:US_RX_END:us)%",
        "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
        "bytes_received": "%BYTES_RECEIVED%",
        "bytes_sent": "%BYTES_SENT%",
    }
