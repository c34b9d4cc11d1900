"""What each slot of a model predicted for users, counted from the gateway's access log while a shift runs.

JSON answers only: an answer in binary tensors or over gRPC has no values in the log.
"""

import json
from collections import Counter
from collections.abc import Iterator

from components.local.fragments import Endpoint
from components.local.gateway_config import GatewayFiles
from components.local.stack_dir import StackDir
from serving.predictions import ClassCounts, Predictions, ValueSums


class LoggedPredictions:
    """The predictions of one model since this object was made."""

    def __init__(self, stack_dir: StackDir, model: str) -> None:
        self._log = GatewayFiles(stack_dir).access_log
        self._model = model
        self._position = self._log.stat().st_size if self._log.exists() else 0
        self._rest = ""
        self._classes: dict[str, Counter[str]] = {}
        self._values: dict[str, list[float]] = {}
        self._are_values = any(
            isinstance(value, float)
            for endpoint in Endpoint.all(stack_dir)
            if endpoint.model == model
            for value in endpoint.probe["expected"]
        )

    def of(self, slot: str) -> Predictions:
        """Return what a slot predicted so far: counts of classes, or sums of values."""
        for found, predicted in self._new():
            if self._are_values:
                self._values.setdefault(found, []).extend(map(float, predicted))
            else:
                self._classes.setdefault(found, Counter()).update(predicted)
        if not self._are_values:
            return ClassCounts(counts=dict(self._classes.get(slot, {})))
        values = self._values.get(slot, [])
        return ValueSums(total=len(values), values=sum(values), squares=sum(value * value for value in values))

    def _new(self) -> Iterator[tuple[str, list[str]]]:
        for line in self._lines():
            entry = json.loads(line)
            if entry["model"] == self._model and entry["slot"] and entry["prediction"]:
                yield entry["slot"], entry["prediction"].split(",")

    def _lines(self) -> Iterator[str]:
        if not self._log.exists() or self._log.stat().st_size < self._position:
            self._position, self._rest = 0, ""  # the log was put aside and begun anew
        if not self._log.exists():
            return
        with self._log.open() as log:
            log.seek(self._position)
            text = self._rest + log.read()
            self._position = log.tell()
        *lines, self._rest = text.split("\n")
        yield from lines
