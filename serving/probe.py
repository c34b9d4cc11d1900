"""The probe of a release: one golden row with the answer that the release gave when it was packed.

A model server that says it is ready may still answer nothing, so a slot counts as healthy only when it answers this.
"""

from dataclasses import dataclass
from typing import Self

from serving.endpoint import infer_request
from serving.golden_probe import GoldenProbe, ProbeError
from serving.release import Release, golden

__all__ = ["Probe", "ProbeError"]


@dataclass(frozen=True, kw_only=True)
class Probe(GoldenProbe):
    """A golden probe that can be made of a release."""

    @classmethod
    def of(cls, release: Release) -> Self:
        """Return the probe of a release: the first row of its golden set.

        Raises:
            ReleaseError: The golden set is not what the manifest says.
        """
        rows, manifest = golden(release), release.manifest
        first = {name: values[:1] for name, values in rows.inputs.items()}
        return cls(
            model=manifest.name,
            request=infer_request(first, manifest.inputs),
            output=manifest.prediction,
            expected=rows.answers[:1].ravel().tolist(),
        )
