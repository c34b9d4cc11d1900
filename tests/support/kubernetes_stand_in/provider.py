"""The stand-in for the Kubernetes provider, as the engine sees it: a gRPC ResourceProvider. For tests only."""
# ruff: noqa: N802 - the methods carry the names of the engine's protocol

from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from tests.support.kubernetes_stand_in import annotations
from tests.support.kubernetes_stand_in.api_error import ApiError
from tests.support.kubernetes_stand_in.charts import construct
from tests.support.kubernetes_stand_in.cluster import Object
from tests.support.kubernetes_stand_in.difference import Difference, difference
from tests.support.kubernetes_stand_in.life_cycle import LifeCycle
from tests.support.kubernetes_stand_in.object_names import Token, identity, named, place, token_of
from tests.support.kubernetes_stand_in.outputs import asked_for, inputs_of, outputs_of, planned_outputs
from tests.support.kubernetes_stand_in.ready.jobs import has_failed
from tests.support.kubernetes_stand_in.refusals import fail, not_ready
from tests.support.kubernetes_stand_in.sessions import Session, Sessions, another_cluster
from tests.support.kubernetes_stand_in.waiting import Call, NotReadyError
from tests.support.stand_in import wire
from tests.support.stand_in.plugin import Context, Plugin

VERSION = "4.34.2"
"""The SDK whose provider this stands in for."""
ANNOUNCEMENT = f"kubernetes is played by a stand-in for the official provider {VERSION}"


class KubernetesStandIn(Plugin):
    """Answers the engine in place of pulumi-kubernetes."""

    def __init__(self) -> None:
        super().__init__(f"{VERSION}+stand-in")
        self._sessions = Sessions()

    def Attach(self, request: plugin_pb2.PluginAttach, context: Context) -> empty_pb2.Empty:
        """Remember where the engine of this connection listens."""
        self._sessions.opened(context.peer(), request.address)
        return empty_pb2.Empty()

    def Handshake(self, request: Any, context: Context) -> provider_pb2.ProviderHandshakeResponse:  # noqa: ARG002
        """Take secrets as such, which the engine demands of whoever makes components."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def stop(self) -> None:
        """End every wait, because nobody will hear its answer."""
        self._sessions.cancel()

    def DiffConfig(self, request: Any, context: Context) -> provider_pb2.DiffResponse:  # noqa: ARG002
        """Change the provider in place; another cluster replaces it and all that is in it."""
        old, new = wire.properties(request.old_inputs), wire.properties(request.news)
        replaces = another_cluster(old, new)
        return provider_pb2.DiffResponse(changes=_SOME if old != new else _NONE, replaces=replaces)

    def Configure(self, request: Any, context: Context) -> provider_pb2.ConfigureResponse:
        """Take kubeconfig, context and namespace, and say who is here."""
        session = self._sessions.of(context.peer())
        try:
            session.configure(wire.properties(request.args))
        except ApiError as error:
            fail(context, error.sentence())
        where = session.cluster.server if session.cluster else "a cluster that is not known yet"
        session.log.say("", f"{ANNOUNCEMENT}, over {where}", lasting=True)
        return provider_pb2.ConfigureResponse(supportsPreview=True, acceptSecrets=True)

    def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:  # noqa: ARG002
        """End every wait of this connection."""
        self._sessions.of(context.peer()).cancelled.set()
        return empty_pb2.Empty()

    def Check(self, request: Any, context: Context) -> provider_pb2.CheckResponse:
        """Name the object, place it, and ask the API server what it would refuse."""
        session, token = self._sessions.of(context.peer()), token_of(request.urn)
        old, new = wire.properties(request.olds), asked_for(token, wire.properties(request.news))
        if token.patch and not (new.get("metadata") or {}).get("name"):
            return _failed([("metadata.name", f"a {token.kind}Patch needs the name of an object that exists")])
        item = named(new, old, token.logical, request.randomSeed)
        try:
            item, faults = self._judged(session, token, old, item)
        except ApiError as error:
            fail(context, error.sentence())
        if faults:
            return _failed(faults)
        return provider_pb2.CheckResponse(inputs=_sent(inputs_of(item), request.news))

    def _judged(
        self, session: Session, token: Token, old: Object, item: Object
    ) -> tuple[Object, list[tuple[str, str]]]:
        if session.life_cycle is None or wire.has_unknown([item.get("apiVersion"), item.get("kind")]):
            return item, []
        placed = session.life_cycle.placed(item)
        replaced = bool(old) and bool(difference(old, placed, session.settings).replaces)
        # What is replaced is checked again as a new object.
        if wire.has_unknown(placed) or replaced:
            return placed, []
        found = session.life_cycle.faults(token, placed, fresh=not old)
        return placed, [(fault.property, fault.reason) for fault in found]

    def Diff(self, request: Any, context: Context) -> provider_pb2.DiffResponse:
        """Compare inputs, property by property."""
        session, token = self._sessions.of(context.peer()), token_of(request.urn)
        old, new = (asked_for(token, wire.properties(each)) for each in (request.old_inputs, request.news))
        found = difference(_with_place(old, new, request.id), new, session.settings)
        if not found.replaces and annotations.is_true(new, "replaceUnready") and self._unready(session, token, request):
            return _difference(found, extra="status")
        return _difference(found)

    def _unready(self, session: Session, token: Token, request: Any) -> bool:
        if token.kind != "Job" or session.life_cycle is None:
            return False
        found = session.life_cycle.read(token, request.id, wire.properties(request.old_inputs), token.manager)
        return found is not None and has_failed(found[0])

    def Create(self, request: Any, context: Context) -> provider_pb2.CreateResponse:
        """Make the object and wait for it; in a preview say what will be known only later."""
        session, token = self._sessions.of(context.peer()), token_of(request.urn)
        item = asked_for(token, wire.properties(request.properties))
        if request.preview:
            return provider_pb2.CreateResponse(properties=_sent(planned_outputs(item), request.properties))
        try:
            life = _life(session)
            live = life.create(token, life.placed(item), _call(session, request, context))
        except ApiError as error:
            fail(context, error.sentence())
        except NotReadyError as error:
            session.failed.set()
            not_ready(
                context,
                error,
                identity(life.placed(item)),
                outputs_of(error.item or item, token.manager),
                request.properties,
            )
        return provider_pb2.CreateResponse(
            id=identity(live), properties=_sent(outputs_of(live, token.manager), request.properties)
        )

    def Update(self, request: Any, context: Context) -> provider_pb2.UpdateResponse:
        """Change the object in place and wait for it."""
        session, token = self._sessions.of(context.peer()), token_of(request.urn)
        state = wire.properties(request.olds)
        item, manager = (
            asked_for(token, wire.properties(request.news)),
            str(state.get("__fieldManager") or token.manager),
        )
        fixed: dict[str, Any] = {"manager": manager, "ignored": list(request.ignoreChanges)}
        try:
            if request.preview:
                unknown = wire.has_unknown(item) or session.life_cycle is None
                plan = (
                    planned_outputs(item)
                    if unknown
                    else outputs_of(_life(session).planned(token, item, **fixed), manager)
                )
                return provider_pb2.UpdateResponse(properties=_sent(plan, request.news))
            live = _life(session).update(token, item, _call(session, request, context), **fixed)
        except ApiError as error:
            fail(context, error.sentence())
        except NotReadyError as error:
            session.failed.set()
            not_ready(context, error, request.id, outputs_of(error.item or state, manager), request.news)
        return provider_pb2.UpdateResponse(properties=_sent(outputs_of(live, manager), request.news))

    def Read(self, request: Any, context: Context) -> provider_pb2.ReadResponse:
        """Look the object up; an empty id says that it is gone."""
        session, token = self._sessions.of(context.peer()), token_of(request.urn)
        state, inputs = wire.properties(request.properties), wire.properties(request.inputs)
        manager = str(state.get("__fieldManager") or token.manager)
        try:
            found = _life(session).read(token, request.id, inputs, manager)
        except ApiError as error:
            fail(context, error.sentence())
        if found is None:
            return provider_pb2.ReadResponse()
        live, now = found
        properties = _sent(outputs_of(live, manager), request.properties, request.inputs)
        return provider_pb2.ReadResponse(
            id=identity(live), properties=properties, inputs=_sent(inputs_of(now), request.inputs)
        )

    def Delete(self, request: Any, context: Context) -> empty_pb2.Empty:
        """Remove the object and wait until it is gone."""
        session, token = self._sessions.of(context.peer()), token_of(request.urn)
        state = wire.properties(request.properties)
        try:
            _life(session).delete(token, request.id, state, _call(session, request, context))
        except ApiError as error:
            fail(context, error.sentence())
        except NotReadyError as error:
            fail(context, f"{token.kind} {request.id}: {error}")
        return empty_pb2.Empty()

    def Construct(self, request: Any, context: Context) -> provider_pb2.ConstructResponse:
        """Render a chart and register what is in it."""
        session = self._sessions.of(context.peer())
        try:
            return construct(request, session.cluster, session.namespace, VERSION)
        except ApiError as error:
            fail(context, error.sentence())
        except grpc.RpcError as error:
            # A child failed and has said why itself.
            fail(context, f"{request.name} is not complete: {error.details()}")


_SOME = provider_pb2.DiffResponse.DIFF_SOME
_NONE = provider_pb2.DiffResponse.DIFF_NONE
_Kind = provider_pb2.PropertyDiff


def _difference(found: Difference, extra: str = "") -> provider_pb2.DiffResponse:
    replaces = [*found.replaces, *([extra] if extra else [])]
    kinds = {change.path: change.kind for change in found.changes} | dict.fromkeys([extra] if extra else [], "UPDATE")
    detail = {path: _detail(kind, replace=path in replaces) for path, kind in kinds.items()}
    return provider_pb2.DiffResponse(
        changes=_SOME if kinds else _NONE,
        diffs=sorted({path.partition(".")[0] for path in kinds}),
        replaces=replaces,
        deleteBeforeReplace=found.delete_first or bool(extra),
        hasDetailedDiff=True,
        detailedDiff=detail,
    )


def _detail(word: str, *, replace: bool) -> provider_pb2.PropertyDiff:
    return _Kind(kind=_Kind.Kind.Value(f"{word}_REPLACE" if replace else word), inputDiff=True)


def _with_place(old: Object, new: Object, identifier: str) -> Object:
    """Inputs of an object whose kind was not known at first have no namespace; its id has."""
    metadata, namespace = old.get("metadata") or {}, place(identifier)[0]
    if namespace and not metadata.get("namespace") and (new.get("metadata") or {}).get("namespace") == namespace:
        return {**old, "metadata": {**metadata, "namespace": namespace}}
    return old


def _failed(faults: list[tuple[str, str]]) -> provider_pb2.CheckResponse:
    return provider_pb2.CheckResponse(failures=[provider_pb2.CheckFailure(property=p, reason=r) for p, r in faults])


def _life(session: Session) -> LifeCycle:
    if session.life_cycle is None:
        raise ApiError(0, "the kubeconfig of the provider is not known yet")
    return session.life_cycle


def _sent(values: Object, *like: Any) -> Any:
    return wire.struct(wire.marked(values, *like))


def _call(session: Session, request: Any, context: Context) -> Call:
    return Call(
        seconds=request.timeout,
        tell=lambda text, problem: session.log.say(request.urn, text, problem=problem),
        # An engine that was killed cancels nothing; its calls just end.
        pause=lambda seconds: session.cancelled.wait(seconds) or not context.is_active(),
        doomed=session.failed.is_set,
    )
