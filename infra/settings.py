"""The whole shape of a stack file: every key, its type, its default, its limits.

These models are the only place where a default of the stack file stands. They import no pulumi, so that the JSON
Schema for editors (``make schema``) and every test of a message come without an engine.
"""

from ipaddress import AddressValueError, IPv4Address
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

from infra.aws_settings import AwsPlatform, FoundationPlatform
from infra.frozen import Frozen
from infra.kubernetes_settings import KubernetesPlatform
from infra.resource_settings import Resources
from serving.gate_limits import GateLimits
from serving.manifest import NAME_PATTERN
from serving.shift_plan import ShiftPlan

SLOTS = ("blue", "green")
Slot = Literal["blue", "green"]

MIB = 1024 * 1024
DIGEST_PATTERN = r"^[0-9a-f]{64}$"
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
Metric = Literal["accuracy", "f1_macro", "roc_auc", "rmse", "mae"]


def _address(value: str) -> str:
    try:
        return str(IPv4Address(value))
    except AddressValueError:
        message = f'address is "{value}"; allowed is an IPv4 address of this machine, such as 127.0.0.1.'
        raise ValueError(message) from None


class Ports(Frozen):
    """The range on the loopback interface from which model servers take three ports each."""

    first: Annotated[int, Field(ge=1024, le=65000)] = 21000
    """First port of the range."""
    count: Annotated[int, Field(ge=6, le=20000)] = 600
    """How many ports the range has; a slot takes three of them."""


class Probing(Frozen):
    """How often a slot is asked for a golden answer, and when it is restarted."""

    interval_seconds: Annotated[float, Field(gt=0, le=300)] = 3
    """Time between two golden inferences on one slot."""
    failures_to_restart: Annotated[int, Field(ge=1, le=100)] = 3
    """How many golden inferences in a row must fail before the slot's process is restarted."""


class LocalPlatform(Frozen):
    """One machine: the model servers and the gateway are plain processes under one supervisor."""

    kind: Literal["local"]
    """Which platform."""
    slot_ports: Ports = Ports()
    """Where the model servers listen. Only this machine reaches them; users go through the gateway."""
    start_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 60
    """How long a process may take from its start to its first right answer."""
    probing: Probing = Probing()
    """The prober, which finds a model server that says it is ready and is not."""


class Client(Frozen):
    """One caller of the gateway. Its API key is generated; it is a secret stack output."""

    models: tuple[Name, ...]
    """The models that this client may call."""
    may_pin_slots: bool = False
    """Whether the client may choose the slot itself, with the request header `x-slipway-slot`."""
    key_version: Annotated[int, Field(ge=1)] = 1
    """Raise it to replace the client's API key by a new one."""


class Gateway(Frozen):
    """The one door to every model: routing, authentication, limits, access log."""

    address: Annotated[str, AfterValidator(_address)] = "127.0.0.1"
    """The address that the gateway listens on."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    """The port that the gateway listens on: KServe v2 REST and gRPC alike."""
    clients: dict[Name, Client]
    """Who may call, by client name."""
    max_request_bytes: Annotated[int, Field(ge=1024, le=256 * MIB)] = 4 * MIB
    """The largest request body; a larger one is answered 413."""
    request_timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 15
    """How long a request may take in all, retries included."""


class ReleaseReference(Frozen):
    """A release by place and digest, for platforms where the directory is not beside the stack file."""

    uri: str
    """Where the release lies: `file:///srv/releases/digits/1`; on a cluster also `s3://bucket/prefix`, or
    `file:///volume/…` on a volume of the cluster."""
    sha256: Annotated[str, StringConstraints(pattern=DIGEST_PATTERN)]
    """The digest of the release's manifest, as `python -m serving.release show DIR` prints it."""
    claim: str | None = None
    """On a cluster: the PersistentVolumeClaim, in the stack's namespace, that is mounted at /volume."""


def _release_kind(value: object) -> str:
    return "reference" if isinstance(value, dict | ReleaseReference) else "path"


class SlotSettings(Frozen):
    """What one slot of a model runs."""

    release: Annotated[
        Annotated[str, Tag("path")] | Annotated[ReleaseReference, Tag("reference")], Discriminator(_release_kind)
    ]
    """The release: a directory relative to the stack file, on a cluster of at most 1 MiB, or `{uri, sha256}`."""


class Slots(Frozen):
    """The two places that can run a release of this model."""

    blue: SlotSettings | None = None
    """The blue slot; leave it out until there is a release for it."""
    green: SlotSettings | None = None
    """The green slot; leave it out until there is a release for it."""


class Runtime(Frozen):
    """How the model server runs the model. The defaults are the fastest we measured for small models on CPU."""

    threads: Annotated[int, Field(ge=1, le=256)] = 1
    """Threads of one inference. Small models are fastest with 1, large ones with as many as there are cores."""
    instances: Annotated[int, Field(ge=1, le=64)] = 1
    """Copies of the model in one slot."""
    max_batch: Annotated[int, Field(ge=1, le=4096)] = 64
    """The largest batch that the model server forms, and the largest that one request may carry."""
    max_queue_delay_microseconds: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """How long the model server waits for a batch to fill. Waiting cost throughput in every measurement."""


class Gate(Frozen):
    """The checks that an idle slot passes before it gets any user traffic."""

    min_quality: dict[Metric, float] = Field(default={})
    """Metric → the worst acceptable value on the golden set (for rmse and mae: the largest)."""
    min_slice_quality: dict[Metric, float] = Field(default={})
    """The same for every slice of the golden set, where the golden set names slices."""
    max_disagreement: float | None = GateLimits.max_disagreement
    """Share of golden rows that the two slots may class differently, 0 to 1."""
    max_mean_abs_difference: float | None = GateLimits.max_mean_abs_difference
    """Regression: the mean absolute difference between the two slots on the golden rows."""
    max_p99_ms: float = GateLimits.max_p99_ms
    """99th percentile of the answer time under the gate's own short load."""
    load_concurrency: Annotated[int, Field(le=256)] = GateLimits.load_concurrency
    """Connections of the gate's short load."""
    load_seconds: Annotated[float, Field(le=600)] = GateLimits.load_seconds
    """Length of the gate's short load."""
    allow_signature_change: bool = GateLimits.allow_signature_change
    """Whether the release may have other inputs or outputs than the live one."""
    timeout_seconds: Annotated[float, Field(le=3600)] = GateLimits.timeout_seconds
    """The gate as a whole fails after this time."""

    @model_validator(mode="after")
    def _can_be_judged(self) -> "Gate":
        GateLimits(**self.model_dump())
        return self


class Shift(Frozen):
    """How traffic moves from the live slot to the other one, and what makes it go back."""

    steps_percent: tuple[int, ...] = ShiftPlan.steps_percent
    """The candidate's share of traffic, step by step; rising, the last one 100."""
    hold_seconds: Annotated[float, Field(le=86400)] = ShiftPlan.hold_seconds
    """How long each step is watched at least."""
    max_hold_seconds: Annotated[float, Field(le=86400)] = ShiftPlan.max_hold_seconds
    """How long a step may wait for `min_requests`."""
    min_requests: int = ShiftPlan.min_requests
    """Requests to the candidate below which a step's figures are no evidence."""
    max_error_rate: float = ShiftPlan.max_error_rate
    """Share of the candidate's requests that may fail, 0 to 1."""
    max_error_rate_difference: float = ShiftPlan.max_error_rate_difference
    """How far the candidate's error rate may exceed the other slot's."""
    max_p99_ms: float = ShiftPlan.max_p99_ms
    """99th percentile of the candidate's answer time."""
    max_p99_ratio: float = ShiftPlan.max_p99_ratio
    """The candidate's 99th percentile divided by the other slot's."""
    max_prediction_distance: Annotated[float, Field(ge=0)] | None = ShiftPlan.max_prediction_distance
    """How far the candidate's answers may differ from the other slot's as a distribution; not judged when unset."""
    on_thin_traffic: Literal["advance", "hold_failing"] = ShiftPlan.on_thin_traffic
    """What happens when `max_hold_seconds` pass without `min_requests`: go on, or fail and go back."""
    mirror_percent: int = ShiftPlan.mirror_percent
    """Share of live requests copied to the candidate before the first step; their answers are dropped."""
    mirror_seconds: Annotated[float, Field(le=86400)] = ShiftPlan.mirror_seconds
    """How long requests are copied before the first step."""

    @model_validator(mode="after")
    def _can_be_carried_out(self) -> "Shift":
        ShiftPlan(**self.model_dump())
        return self


class Model(Frozen):
    """A served name with a fixed signature, its two slots, and how a new release of it goes live."""

    slots: Slots
    """The releases in the blue and the green slot."""
    live: Slot
    """Which slot takes the traffic. Change it to the other slot to release; change it back to roll back."""
    resources: Resources = Resources()
    """What the model gets on a cluster. One machine accepts it, and gives every model what there is."""
    runtime: Runtime = Runtime()
    """How the model server runs the model."""
    gate: Gate = Gate()
    """What a release must pass before it goes live."""
    shift: Shift = Shift()
    """How traffic moves to it."""

    def configured_slots(self) -> dict[str, SlotSettings]:
        """Return the slots that have a release, blue before green."""
        return {name: slot for name in SLOTS if (slot := getattr(self.slots, name)) is not None}


class Settings(Frozen):
    """The stack file of one machine as a whole, without the `slipway:` before each key."""

    platform: LocalPlatform
    """Where the stack runs."""
    gateway: Gateway
    """The one door to every model."""
    models: dict[Name, Model]
    """What is served, by model name."""


class ClusterSettings(Frozen):
    """The stack file of a cluster that exists: what stands on it."""

    platform: KubernetesPlatform
    """Where the stack runs."""
    gateway: Gateway
    """The one door to every model. Inside the cluster it has an address of its own: `address` and `port` are of one
    machine."""
    models: dict[Name, Model]
    """What is served, by model name."""


class CloudSettings(Frozen):
    """The stack file of a cloud; what is served may have a stack of its own."""

    platform: AwsPlatform
    """Where the stack runs."""
    gateway: Gateway | None = None
    """The one door to every model."""
    models: dict[Name, Model] = Field(default={})
    """What is served, by model name."""


class FoundationSettings(Frozen):
    """The stack file of what an account needs once, before every other stack."""

    platform: FoundationPlatform
    """Where the stack runs."""


AnySettings = Settings | ClusterSettings | CloudSettings | FoundationSettings
KINDS: dict[str, type[AnySettings]] = {
    "local": Settings,
    "aws": CloudSettings,
    "kubernetes": ClusterSettings,
    "foundation": FoundationSettings,
}
"""What `platform.kind` may be, and the shape that the whole stack file then has."""
