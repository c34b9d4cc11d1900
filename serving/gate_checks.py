"""The checks of a gate that need no comparison: files, golden rows, a short load.

Like those of `gate_signature` and `gate_quality`, each is a function from the evidence to rows of the report. One that
raises has failed: `serving.gate` knows the order, the time limit, and what is not worth running after a failure.
"""

from collections.abc import Iterator

from serving.gate_evidence import Check, Evidence
from serving.golden_answers import Unanswered
from serving.release import check_files
from serving.short_load import LoadResult, load


def integrity(evidence: Evidence) -> Iterator[Check]:
    """The release is what its manifest says, file by file."""
    release = evidence.candidate.release
    total = len(release.manifest.files)
    wrong = [f"{file.path} {problem}" for file, problem in check_files(release) if problem]
    yield Check(
        name="integrity",
        status="failed" if wrong else "passed",
        sentence=", ".join(wrong) or f"all {total} files are what manifest {release.digest[:12]} says",
        figure=total - len(wrong),
        limit=total,
    )


def golden_rows(evidence: Evidence) -> Iterator[Check]:
    """Every golden row gets a proper answer."""
    rows = evidence.candidate.release.manifest.golden.rows
    try:
        answered, sentence = len(evidence.answers), "every row was answered"
    except Unanswered as problem:
        answered, sentence = problem.answered, str(problem)
    yield Check(
        name="golden rows",
        status="passed" if answered == rows else "failed",
        sentence=sentence,
        figure=answered,
        limit=rows,
    )


def latency(evidence: Evidence) -> Iterator[Check]:
    """Under a short load nothing fails and answers come in time."""
    limits = evidence.limits
    result = load(
        evidence.candidate,
        evidence.golden.inputs,
        concurrency=limits.load_concurrency,
        seconds=limits.load_seconds,
        clock=evidence.clock,
    )
    evidence.latencies_ms = result.latencies_ms
    yield _load_errors(result)
    p99 = result.p99_ms
    yield Check(
        name="p99 under load",
        status="passed" if p99 is not None and p99 <= limits.max_p99_ms else "failed",
        sentence=(
            "nothing was answered, so nothing was measured"
            if p99 is None
            else f"p99 {p99:.1f} ms of {len(result.latencies_ms)} answers, {limits.load_concurrency} at a time"
        ),
        figure=p99,
        limit=limits.max_p99_ms,
    )


def _load_errors(result: LoadResult) -> Check:
    failed = len(result.failures) + result.lost
    first = f"; first: {result.failures[0]}" if result.failures else ""
    lost = f"; {result.lost} had no answer at all" if result.lost else ""
    return Check(
        name="errors under load",
        status="failed" if failed else "passed",
        sentence=f"{failed} of {result.requests} requests failed{lost}{first}",
        figure=failed,
        limit=0,
    )
