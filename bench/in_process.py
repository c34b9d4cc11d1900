"""ONNX Runtime in this process: the limit, without network, JSON or isolation."""

import time

import numpy as np
import onnxruntime

from bench.load import Load
from serving.arrays import Array
from serving.release import Release, golden


def open_session(release: Release, threads: int) -> onnxruntime.InferenceSession:
    """Open a release's model with so many threads for one inference."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    model = release.directory / release.manifest.model_file
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def golden_rows(release: Release, count: int) -> dict[str, Array]:
    """Return the first golden rows, `{input: [count, …]}`."""
    return {name: array[:count] for name, array in golden(release).inputs.items()}


def run_batches(release: Release, *, threads: int, batch: int, seconds: float) -> Load:
    """Run batches of golden rows one after the other for so long; every row counts as a request."""
    session, inputs = open_session(release, threads), golden_rows(release, batch)
    session.run(None, inputs)
    durations = []
    started = now = time.perf_counter()
    while now - started < seconds:
        session.run(None, inputs)
        before, now = now, time.perf_counter()
        durations.append(now - before)
    p50_ms, p99_ms = (float(value) * 1000 for value in np.percentile(durations, (50, 99)))
    return Load(requests=batch * len(durations), seconds=now - started, p50_ms=p50_ms, p99_ms=p99_ms, errors=0)
