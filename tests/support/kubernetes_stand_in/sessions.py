"""One engine's use of the stand-in: an engine opens a connection for every provider that a program configures."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.kubernetes_stand_in.api_error import ApiError
from tests.support.kubernetes_stand_in.cluster import Cluster, connect
from tests.support.kubernetes_stand_in.engine_log import EngineLog
from tests.support.kubernetes_stand_in.life_cycle import LifeCycle
from tests.support.stand_in.wire import UNKNOWN, has_unknown

_DEFAULT_NAMESPACE = "default"
_UNSUPPORTED = ("renderYamlToDirectory",)


@dataclass
class Session:
    """What one connection was told.

    Args:
        log: The engine's log.
        settings: The provider's configuration.
        cluster: Its API server; None while the kubeconfig is not known yet.
        life_cycle: Carries objects there.
        cancelled: Set when the engine wants everything to stop.
        failed: Set when an object did not get ready.
    """

    log: EngineLog = field(default_factory=lambda: EngineLog(""))
    settings: Mapping[str, Any] = field(default_factory=dict)
    cluster: Cluster | None = None
    life_cycle: LifeCycle | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    failed: threading.Event = field(default_factory=threading.Event)

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Take the provider's configuration.

        Raises:
            ApiError: The kubeconfig cannot be used, or something is asked for that the stand-in does not do.
        """
        asked = [name for name in _UNSUPPORTED if settings.get(name)]
        if asked:
            raise ApiError(0, f"the stand-in for kubernetes does not do {', '.join(asked)}; use the official provider")
        self.settings = settings
        self.cancelled.clear()
        self.failed.clear()
        if not has_unknown([settings.get(name) for name in ("kubeconfig", "context")]):
            self.cluster = connect(_text(settings.get("kubeconfig")), _text(settings.get("context")))
            self.life_cycle = LifeCycle(self.cluster, self.namespace)

    @property
    def namespace(self) -> str:
        """Where objects go that name no namespace."""
        given = _text(self.settings.get("namespace"))
        return given if given and given != UNKNOWN else _DEFAULT_NAMESPACE


class Sessions:
    """The sessions by connection.

    The requests themselves do not say which provider they mean. What they do have is the connection they come by, and
    the engine has one for each provider.
    """

    def __init__(self) -> None:
        self._by_peer: dict[str, Session] = {}
        self._latest = Session()
        self._lock = threading.Lock()

    def of(self, peer: str) -> Session:
        """The session of a connection; a new connection of a known engine goes on with the latest one."""
        with self._lock:
            return self._by_peer.get(peer, self._latest)

    def cancel(self) -> None:
        """End every wait of every session."""
        with self._lock:
            for session in self._by_peer.values():
                session.cancelled.set()

    def opened(self, peer: str, address: str) -> Session:
        """Begin the session of a connection.

        Args:
            peer: The connection.
            address: Where its engine listens.
        """
        with self._lock:
            self._latest = self._by_peer[peer] = Session(EngineLog(address))
            return self._latest


def another_cluster(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Settings whose change means another cluster, so that everything in it is made anew.

    A `clusterIdentifier`, where there is one, decides alone; otherwise the address of the API server does.
    """
    before, after = old.get("clusterIdentifier"), new.get("clusterIdentifier")
    if before or after:
        return ["clusterIdentifier"] if before and after and before != after else []
    if has_unknown([old.get("kubeconfig"), new.get("kubeconfig"), old.get("context"), new.get("context")]):
        return []
    changed = [name for name in ("kubeconfig", "context") if old.get(name) != new.get(name)]
    return changed if changed and _server(old) != _server(new) else []


def _server(settings: Mapping[str, Any]) -> str:
    try:
        return connect(_text(settings.get("kubeconfig")), _text(settings.get("context"))).server
    except ApiError:
        # A kubeconfig that is gone says nothing about its cluster.
        return ""


def _text(value: Any) -> str | None:
    return str(value) if value else None
