"""The check that a candidate takes and gives the tensors that users of the live slot know."""

from collections.abc import Iterator, Mapping

from serving.gate_evidence import Check, Evidence
from serving.pinned_slot import PinnedSlot

_Signature = Mapping[str, tuple[str, tuple[int, ...]]]


def signature(evidence: Evidence) -> Iterator[Check]:
    """Inputs and outputs are the live release's, and what the slot itself says."""
    candidate, live = evidence.candidate, evidence.live
    if live is None:
        yield Check(name="signature", status="skipped", sentence="no slot is live, so there is none to keep")
    else:
        changes = _changes(_signature(candidate), _signature(live))
        allowed = bool(changes) and evidence.limits.allow_signature_change
        because = " (allowed by allow_signature_change)" if allowed else ""
        yield Check(
            name="signature",
            status="passed" if allowed or not changes else "failed",
            sentence=(", ".join(changes) or f"inputs and outputs are those of {live.slot}") + because,
            figure=len(changes),
            limit=None if allowed else 0,
        )
    served = _changes(_served(candidate), _signature(candidate))
    yield Check(
        name="served signature",
        status="failed" if served else "passed",
        sentence=", ".join(served) or f"{candidate.slot} says the same of itself as the manifest",
        figure=len(served),
        limit=0,
    )


def _signature(slot: PinnedSlot) -> _Signature:
    manifest = slot.release.manifest
    return {
        f"{kind} {tensor.name}": (tensor.datatype, tensor.shape)
        for kind, tensors in (("input", manifest.inputs), ("output", manifest.outputs))
        for tensor in tensors
    }


def _served(slot: PinnedSlot) -> _Signature:
    connection = slot.connect()
    try:
        metadata = connection.metadata(slot.model)
    finally:
        connection.close()
    return {
        f"{kind} {tensor['name']}": (tensor["datatype"], tuple(int(size) for size in tensor["shape"]))
        for kind in ("input", "output")
        for tensor in metadata[f"{kind}s"]
    }


def _changes(found: _Signature, wanted: _Signature) -> list[str]:
    return [
        f"{name} is {_tensor(found.get(name))}, not {_tensor(wanted.get(name))}"
        for name in sorted(found.keys() | wanted.keys())
        if found.get(name) != wanted.get(name)
    ]


def _tensor(tensor: tuple[str, tuple[int, ...]] | None) -> str:
    return "absent" if tensor is None else f"{tensor[0]} {list(tensor[1])}"
