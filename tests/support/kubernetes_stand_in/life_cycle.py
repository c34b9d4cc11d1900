"""Carries objects to one cluster: checked, applied, waited for, looked up, removed."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.kubernetes_stand_in import annotations
from tests.support.kubernetes_stand_in.api_error import ApiError, Fault
from tests.support.kubernetes_stand_in.cluster import Cluster, Kind, Object
from tests.support.kubernetes_stand_in.drift import as_asked, importable, settled
from tests.support.kubernetes_stand_in.ignored_fields import without_ignored
from tests.support.kubernetes_stand_in.object_names import Token, identity, place
from tests.support.kubernetes_stand_in.rows import row_of
from tests.support.kubernetes_stand_in.surroundings import around
from tests.support.kubernetes_stand_in.verdict import Verdict
from tests.support.kubernetes_stand_in.waiting import Call, NotReadyError, Wait

_SOON_SECONDS = 60.0
"""How long a kind, or a webhook, that was made a moment ago may take to be served."""
_SOON_INTERVAL_SECONDS = 1.0
_DELETION_SECONDS = 600.0
_WEBHOOK = "failed calling webhook"


class LifeCycle:
    """The life of objects in one cluster.

    Args:
        cluster: Where they live.
        namespace: Where those go that name none.
    """

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._namespace = namespace

    def placed(self, item: Object) -> Object:
        """The object with its namespace, when its kind is known and has one."""
        try:
            kind = self._kind(item)
        except ApiError as error:
            if error.gone:
                return item
            raise
        return self._placed(kind, item)

    def faults(self, token: Token, item: Object, *, fresh: bool) -> list[Fault]:
        """What the API server would refuse; nothing where it cannot say yet, because a kind or namespace is to come.

        Args:
            token: The resource.
            item: What the program asks for, all of it known.
            fresh: Whether it is to be made. Otherwise only the object is judged and not who owns its fields.
        """
        force = not fresh or annotations.is_true(item, "patchForce")
        try:
            annotations.wishes(item)
            kind = self._kind(item)
            if token.patch and self._live(kind, identity(item)) is None:
                return []
            self._cluster.apply(kind, item, token.manager, force=force, dry_run=True)
        except annotations.WaitForError as error:
            return [Fault("metadata.annotations", str(error))]
        except ApiError as error:
            replaced = fresh and error.invalid and self._live(kind, identity(item)) is not None
            return error.faults() if error.wrong_object and not replaced else []
        return []

    def create(self, token: Token, item: Object, call: Call) -> Object:
        """Make an object, or take over what of it exists, and wait until it is ready.

        Raises:
            ApiError: The server refuses it.
            NotReadyError: It is there and does not get ready.
        """
        kind, live = self._applied_soon(token, item, call)
        return self._ready(kind, live, call)

    def update(self, token: Token, item: Object, call: Call, *, manager: str, ignored: Sequence[str]) -> Object:
        """Change an object in place and wait until it is ready."""
        kind = self._kind(item)
        live = self._apply(kind, self._left_alone(kind, item, ignored, manager), manager)
        return self._ready(kind, live, call) if not token.patch else live

    def planned(self, token: Token, item: Object, *, manager: str, ignored: Sequence[str]) -> Object:
        """The object as an update would leave it."""
        kind = self._kind(item)
        return self._apply(kind, self._left_alone(kind, item, ignored, manager), manager or token.manager, dry_run=True)

    def read(self, token: Token, identifier: str, inputs: Object, manager: str) -> tuple[Object, Object] | None:
        """An object and its inputs as they are now, or None when it is gone."""
        asked = {"apiVersion": token.api_version, "kind": token.kind, **inputs}
        try:
            kind = self._kind(asked)
            live = self._live(kind, identifier)
        except ApiError as error:
            if error.gone:
                return None
            raise
        if live is None:
            return None
        return live, self._inputs(kind, live, inputs, manager)

    def delete(self, token: Token, identifier: str, state: Object, call: Call) -> None:
        """Remove an object, or what a patch owns of it, and wait until it is gone."""
        asked = {"apiVersion": token.api_version, "kind": token.kind, **state}
        try:
            kind = self._kind(asked)
            live = self._live(kind, identifier)
            if live is None:
                return
            if token.patch:
                self._released(kind, live, str(state.get("__fieldManager") or token.manager))
                return
            self._cluster.delete(kind, *place(identifier), annotations.propagation_policy(state))
        except ApiError as error:
            if error.gone:
                return
            raise
        uid = live["metadata"]["uid"]
        limit = annotations.timeout_seconds(state, call.seconds, _DELETION_SECONDS)
        Wait(limit, call.tell, call.pause).until_gone(lambda: self._same(kind, identifier, uid))

    def _kind(self, item: Mapping[str, Any]) -> Kind:
        return self._cluster.kind(str(item.get("apiVersion")), str(item.get("kind")))

    def _live(self, kind: Kind, identifier: str) -> Object | None:
        namespace, name = place(identifier)
        return self._cluster.get(kind, (namespace or self._namespace) if kind.namespaced else None, name)

    def _same(self, kind: Kind, identifier: str, uid: str) -> Object | None:
        live = self._live(kind, identifier)
        return live if live is not None and live["metadata"]["uid"] == uid else None

    def _placed(self, kind: Kind, item: Object) -> Object:
        metadata = item.get("metadata") or {}
        if not kind.namespaced or metadata.get("namespace"):
            return item
        return {**item, "metadata": {**metadata, "namespace": self._namespace}}

    def _apply(self, kind: Kind, item: Object, manager: str, *, dry_run: bool = False) -> Object:
        force = annotations.is_true(item, "patchForce")
        return self._cluster.apply(kind, self._placed(kind, item), manager, force=force, dry_run=dry_run)

    def _applied_soon(self, token: Token, item: Object, call: Call) -> tuple[Kind, Object]:
        end = time.monotonic() + _SOON_SECONDS
        while True:
            try:
                kind = self._kind(item)
                self._refuse_to_patch_nothing(token, kind, item)
                return kind, self._apply(kind, item, token.manager)
            except ApiError as error:
                passing = (error.gone and "namespaces" not in error.message) or _WEBHOOK in error.message
                if not passing or time.monotonic() > end or call.pause(_SOON_INTERVAL_SECONDS):
                    raise

    def _refuse_to_patch_nothing(self, token: Token, kind: Kind, item: Object) -> None:
        if token.patch and self._live(kind, identity(item)) is None:
            raise ApiError(0, f"there is no {token.kind} {identity(item)} to patch; make it first")

    def _left_alone(self, kind: Kind, item: Object, ignored: Sequence[str], manager: str) -> Object:
        live = self._live(kind, identity(item)) if ignored else None
        return without_ignored(item, live, ignored, manager) if live is not None else item

    def _inputs(self, kind: Kind, live: Object, inputs: Object, manager: str) -> Object:
        if not inputs:
            return importable(live)
        try:
            would_be = self._cluster.apply(kind, self._placed(kind, inputs), manager, force=True, dry_run=True)
        except ApiError:
            would_be = {"metadata": {}}
        unchanged = settled(would_be) == settled(live)
        return inputs if unchanged else {**as_asked(live, inputs), "apiVersion": inputs["apiVersion"]}

    def _released(self, kind: Kind, live: Object, manager: str) -> None:
        where = {name: value for name, value in live["metadata"].items() if name in ("name", "namespace")}
        bare = {"apiVersion": kind.api_version, "kind": kind.name, "metadata": where}
        self._cluster.apply(kind, bare, manager, force=True)

    def _ready(self, kind: Kind, live: Object, call: Call) -> Object:
        if annotations.is_true(live, "skipAwait"):
            return live
        row, wanted = row_of(live), annotations.wishes(live)
        seen: dict[str, Object] | None = {} if live["kind"] == "Job" else None
        identifier = identity(live)

        def look() -> tuple[Object | None, Verdict]:
            now = self._live(kind, identifier)
            if now is None:
                return None, Verdict()
            if wanted:
                return now, annotations.fulfilled(now, wanted)
            verdict = row.ready(now, around(self._cluster, now, row, seen))
            return now, _doomed(verdict) if row.follows and not verdict.done and call.doomed() else verdict

        limit = annotations.timeout_seconds(live, call.seconds, row.timeout_seconds)
        try:
            return Wait(limit, call.tell, call.pause).until_ready(look)
        except ApiError as error:
            raise NotReadyError(live, [f"it could not be watched: {error.sentence()}"]) from error


def _doomed(verdict: Verdict) -> Verdict:
    return Verdict(failed=f"it was waiting {verdict.waiting}, and another object of this update has failed")
