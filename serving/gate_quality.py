"""The checks that compare a candidate's golden answers: with the truth, and with the live slot's answers."""

from collections.abc import Iterator

import numpy as np

from serving.gate_evidence import Check, Confusion, Evidence
from serving.golden_answers import ask_all
from serving.pinned_slot import Array, PinnedSlot
from serving.quality import MEASURED_FOR, METRICS, measure, meets, predictions, scores


def quality(evidence: Evidence) -> Iterator[Check]:
    """Each metric is as good as it must be, over all rows and in each slice."""
    limits = evidence.limits
    if not limits.min_quality and not limits.min_slice_quality:
        yield Check(name="quality", status="skipped", sentence="min_quality sets no limit")
    for metric, limit in limits.min_quality.items():
        yield _quality(evidence, metric, limit)
    for metric, limit in limits.min_slice_quality.items():
        yield _slice_quality(evidence, metric, limit)


def disagreement(evidence: Evidence) -> Iterator[Check]:
    """Candidate and live slot give about the same answers to the same rows."""
    live, manifest = evidence.live, evidence.candidate.release.manifest
    classes = manifest.task == "classification"
    limit = evidence.limits.max_disagreement if classes else evidence.limits.max_mean_abs_difference
    if live is None:
        reason = "no slot is live to compare with"
    elif limit is None:
        reason = f"{'max_disagreement' if classes else 'max_mean_abs_difference'} sets no limit"
    elif (live.release.manifest.inputs, live.release.manifest.task) != (manifest.inputs, manifest.task):
        reason = f"{live.slot} takes other inputs or has another task, so it cannot be asked these rows"
    else:
        yield (_class_disagreement if classes else _value_difference)(evidence, live, limit)
        return
    yield Check(name="disagreement", status="skipped", sentence=reason)


def _measure(evidence: Evidence, metric: str, rows: Array) -> float:
    of_rows = scores(evidence.candidate.release.manifest, evidence.outputs)
    return measure(
        metric, evidence.golden.expected[rows], evidence.answers[rows], None if of_rows is None else of_rows[rows]
    )


def _quality(evidence: Evidence, metric: str, limit: float) -> Check:
    task = evidence.candidate.release.manifest.task
    if metric not in MEASURED_FOR[task]:
        sentence = f"{metric} does not apply to a {task}; limit one of {', '.join(MEASURED_FOR[task])}"
        return Check(name=metric, status="failed", sentence=sentence, limit=limit)
    figure = _measure(evidence, metric, np.full(len(evidence.answers), fill_value=True))
    return Check(
        name=metric,
        status="passed" if meets(metric, figure, limit) else "failed",
        sentence=f"{metric} {figure:.4f} on {len(evidence.answers)} golden rows",
        figure=figure,
        limit=limit,
    )


def _slice_quality(evidence: Evidence, metric: str, limit: float) -> Check:
    """Report the worst slice, and name all that are not good enough."""
    name, slices = f"{metric} of each slice", evidence.golden.slices
    if slices is None:
        sentence = "the golden set names no slices; pack the release with a slice column, or remove min_slice_quality"
        return Check(name=name, status="failed", sentence=sentence, limit=limit)
    figures = {str(each): _measure(evidence, metric, slices == each) for each in np.unique(slices)}
    worst = (min if METRICS[metric] == "higher" else max)(figures.values())
    bad = [f"{each} {figure:.4f}" for each, figure in figures.items() if not meets(metric, figure, limit)]
    return Check(
        name=name,
        status="failed" if bad else "passed",
        sentence=f"not good enough: {', '.join(bad)}" if bad else f"the worst of {len(figures)} has {worst:.4f}",
        figure=worst,
        limit=limit,
    )


def _live_answers(evidence: Evidence, live: PinnedSlot) -> Array:
    return predictions(live.release.manifest, ask_all(live, evidence.golden.inputs, evidence.go_on))


def _class_disagreement(evidence: Evidence, live: PinnedSlot, limit: float) -> Check:
    own, other = evidence.answers.astype(str), _live_answers(evidence, live).astype(str)
    labels, places = np.unique(np.concatenate([other, own]), return_inverse=True)
    counts = np.zeros((len(labels), len(labels)), dtype=int)
    np.add.at(counts, (places[: len(other)], places[len(other) :]), 1)
    evidence.confusion = Confusion(labels=tuple(labels.tolist()), counts=tuple(map(tuple, counts.tolist())))
    differing = int((own != other).sum())
    return Check(
        name="disagreement",
        status="passed" if differing <= limit * len(own) else "failed",
        sentence=f"{differing} of {len(own)} rows get another class than from {live.slot}",
        figure=differing / len(own),
        limit=limit,
    )


def _value_difference(evidence: Evidence, live: PinnedSlot, limit: float) -> Check:
    figure = float(np.abs(evidence.answers - _live_answers(evidence, live)).mean())
    return Check(
        name="disagreement",
        status="passed" if figure <= limit else "failed",
        sentence=f"values lie {figure:.4g} from those of {live.slot} on average",
        figure=figure,
        limit=limit,
    )
