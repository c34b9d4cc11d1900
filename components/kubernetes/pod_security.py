"""What every pod of ours may do: nothing but run, as the restricted Pod Security Standard asks, and with a fixed root.

Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from typing import Any

USER = 1000

POD: dict[str, Any] = {
    "runAsNonRoot": True,
    "runAsUser": USER,
    "runAsGroup": USER,
    "fsGroup": USER,
    "seccompProfile": {"type": "RuntimeDefault"},
}
CONTAINER: dict[str, Any] = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "privileged": False,
    "capabilities": {"drop": ["ALL"]},
}
