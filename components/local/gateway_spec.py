"""What the gateway is asked to be, as plain values; the documents Envoy reads are made from them.

A model's routes, its clients and its slots' addresses change while the gateway runs; address, port and limits do not.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from serving.errors import ConfigurationError
from serving.gateway_names import RELEASE_HEADER_DIGITS
from serving.manifest import NAME_PATTERN

# Names become parts of cluster names, statistics and header values.
NAME = re.compile(NAME_PATTERN)
PERCENT = 100


@dataclass(frozen=True, kw_only=True)
class Client:
    """Who may call: one API key, known by this name.

    Args:
        name: Forwarded to the model server as `x-slipway-client` and written to the access log.
        models: The models that this client may call.
        may_pin_slots: Whether `x-slipway-slot` is obeyed for this client; it is refused otherwise.
    """

    name: str
    models: tuple[str, ...]
    may_pin_slots: bool = False


@dataclass(frozen=True, kw_only=True)
class SlotEndpoint:
    """Where one slot's model server listens, on loopback.

    Args:
        model: The model's name.
        slot: `blue` or `green`.
        http_port: KServe v2 REST.
        grpc_port: KServe v2 gRPC.
        release_digest: sha256 of the release's manifest, hexadecimal.
    """

    model: str
    slot: str
    http_port: int
    grpc_port: int
    release_digest: str

    @property
    def release(self) -> str:
        """The release as callers see it in `x-slipway-release`."""
        return self.release_digest[:RELEASE_HEADER_DIGITS]


@dataclass(frozen=True, kw_only=True)
class ModelRoute:
    """Which slots of a model answer, and who gets how much.

    Args:
        model: The model's name.
        slots: Every slot that runs.
        weights: Percent of user traffic for each slot, in sum 100; None when no user may reach the model yet, only
            clients that pin a slot.
        mirror: Slot and percent of requests that are copied to it, the answers dropped; None for none.
        prediction: The output whose values are written to the access log; None for none.
    """

    model: str
    slots: tuple[SlotEndpoint, ...]
    weights: Mapping[str, int] | None
    mirror: tuple[str, int] | None = None
    prediction: str | None = None


@dataclass(frozen=True, kw_only=True)
class GatewaySpec:
    """One gateway.

    Args:
        address: IP address to listen on.
        port: The one port for REST and gRPC.
        clients: Everyone who may call; there is no anonymous call but the health endpoints.
        max_request_bytes: Larger bodies are refused with 413.
        request_timeout_seconds: For the whole of a request, retries included.
        drain_seconds: How long a closing connection is given.
    """

    address: str
    port: int
    clients: tuple[Client, ...]
    max_request_bytes: int
    request_timeout_seconds: float
    drain_seconds: float

    @property
    def reachable_address(self) -> str:
        """Where this machine itself reaches the gateway."""
        return "127.0.0.1" if self.address == "0.0.0.0" else self.address  # noqa: S104 - compared, not bound


def check_names(spec: GatewaySpec, models: Sequence[ModelRoute]) -> None:
    """Refuse what Envoy would accept and then answer with errors.

    Envoy takes routes to clusters that do not exist and answers 503 for their share.

    Raises:
        ConfigurationError: Names, weights or mirrors that do not fit; all of them at once.
    """
    problems = [
        *_duplicates("client", [client.name for client in spec.clients]),
        *_duplicates("model", [model.model for model in models]),
        *(problem for client in spec.clients for problem in _name_problems(f"client {client.name!r}", client.name)),
        *(problem for model in models for problem in _model_problems(model)),
    ]
    if problems:
        raise ConfigurationError("\n".join(problems))


def _model_problems(model: ModelRoute) -> list[str]:
    where = f"model {model.model!r}"
    slots = [endpoint.slot for endpoint in model.slots]
    problems = [*_name_problems(where, model.model), *_duplicates(f"{where}: slot", slots)]
    problems += [
        f"{where}: slot {endpoint.slot!r} belongs to model {endpoint.model!r}; give it to that model."
        for endpoint in model.slots
        if endpoint.model != model.model
    ]
    named = [*(model.weights or ()), *([model.mirror[0]] if model.mirror else ())]
    problems += [
        f"{where}: there is no slot {name!r} to route to; its slots are {_listed(slots)}."
        for name in dict.fromkeys(named)
        if name not in slots
    ]
    return problems + _share_problems(where, model)


def _share_problems(where: str, model: ModelRoute) -> list[str]:
    problems = []
    if model.weights is not None:
        shares = list(model.weights.values())
        if sum(shares) != PERCENT or min(shares) < 0:
            problems.append(f"{where}: the weights are {dict(model.weights)}; make them 0 to 100 and in sum 100.")
    if model.mirror is not None and not 0 <= model.mirror[1] <= PERCENT:
        problems.append(f"{where}: the mirror share is {model.mirror[1]} percent; make it 0 to 100.")
    return problems


def _name_problems(where: str, name: str) -> list[str]:
    if NAME.match(name):
        return []
    return [f"{where}: use a name of at most 40 of a-z, 0-9, - and _ that starts with a letter."]


def _duplicates(what: str, names: Sequence[str]) -> list[str]:
    return [f"{what} {name!r} is there twice; keep one." for name in sorted(set(names)) if names.count(name) > 1]


def _listed(names: Iterable[str]) -> str:
    return " and ".join(names) or "none"
