"""Deployments, StatefulSets, DaemonSets and ReplicaSets: ready when the rollout of the newest template is complete."""

from collections.abc import Iterator

from tests.support.kubernetes_stand_in.ready.pods import pod_problems
from tests.support.kubernetes_stand_in.verdict import Around, Json, Problem, Verdict, condition, events_about, owned_by

_REVISION = "deployment.kubernetes.io/revision"
_FAILED_CREATE = "FailedCreate"


def deployment(item: Json, around: Around) -> Verdict:
    """A Deployment is ready when all replicas have the newest template, are available, and no old one is left."""
    progress = condition(item, "Progressing")
    newest = _newest(item, around)
    problems = (*_refusals(item, newest, around), *_problems_of(newest, around))
    exceeded = progress.get("reason") == "ProgressDeadlineExceeded" and progress.get("status") == "False"
    if exceeded and _observed(item):
        texts = "; ".join(problem.text for problem in problems)
        return Verdict(failed=texts or progress.get("message", "the rollout exceeded its progress deadline"))
    status, wanted = _status(item), _wanted(item)
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    old = status.get("replicas", 0) - updated
    if not _observed(item) or updated < wanted or available < updated or old > 0:
        return Verdict(waiting=_replicas(updated, available, wanted, max(old, 0)), problems=problems)
    return Verdict(done=True)


def stateful_set(item: Json, around: Around) -> Verdict:
    """A StatefulSet is ready when every replica runs the newest revision and is ready."""
    status, wanted = _status(item), _wanted(item)
    on_delete = ((item.get("spec") or {}).get("updateStrategy") or {}).get("type") == "OnDelete"
    current = on_delete or status.get("currentRevision") == status.get("updateRevision")
    ready = status.get("readyReplicas", 0)
    if _observed(item) and current and ready >= wanted:
        return Verdict(done=True)
    updated = status.get("updatedReplicas", 0)
    problems = tuple(_controller_problems(item, status.get("replicas", 0) < wanted, around))
    return Verdict(waiting=_replicas(updated, ready, wanted, 0), problems=problems)


def daemon_set(item: Json, around: Around) -> Verdict:
    """A DaemonSet is ready when each node that should have its pod has an available one of the newest template."""
    status = _status(item)
    wanted = status.get("desiredNumberScheduled", 0)
    updated, available = status.get("updatedNumberScheduled", 0), status.get("numberAvailable", 0)
    if _observed(item) and updated >= wanted and available >= wanted:
        return Verdict(done=True)
    problems = tuple(_controller_problems(item, status.get("currentNumberScheduled", 0) < wanted, around))
    return Verdict(waiting=_replicas(updated, available, wanted, 0), problems=problems)


def replica_set(item: Json, around: Around) -> Verdict:
    """A ReplicaSet is ready when every replica is available."""
    status, wanted = _status(item), _wanted(item)
    available = status.get("availableReplicas", 0)
    if _observed(item) and available >= wanted:
        return Verdict(done=True)
    problems = (*_refusals(item, item, around), *_problems_of(item, around))
    return Verdict(waiting=_replicas(status.get("replicas", 0), available, wanted, 0), problems=problems)


def refused_pods(item: Json, around: Around) -> Iterator[Problem]:
    """Why pods of a controller were not even made: a quota, an admission policy, a missing ServiceAccount."""
    for message in events_about(item, around.events, _FAILED_CREATE)[-1:]:
        yield Problem(f"no pod can be made: {message}", lasting=True)


def _refusals(item: Json, newest: Json | None, around: Around) -> Iterator[Problem]:
    failure = condition(item, "ReplicaFailure")
    if failure.get("status") == "True":
        yield Problem(f"no pod can be made: {failure.get('message', '')}", lasting=True)
    elif newest is not None and _status(newest).get("replicas", 0) < _wanted(newest):
        yield from refused_pods(newest, around)


def _controller_problems(item: Json, few: bool, around: Around) -> Iterator[Problem]:
    if few:
        yield from refused_pods(item, around)
    yield from _problems_of(item, around)


def _problems_of(owner: Json | None, around: Around) -> Iterator[Problem]:
    for each in owned_by(owner, around.pods) if owner is not None else ():
        if "deletionTimestamp" not in each["metadata"]:
            yield from pod_problems(each, around)


def _newest(item: Json, around: Around) -> Json | None:
    revision = (item["metadata"].get("annotations") or {}).get(_REVISION)
    mine = owned_by(item, around.replica_sets)
    return next((each for each in mine if (each["metadata"].get("annotations") or {}).get(_REVISION) == revision), None)


def _observed(item: Json) -> bool:
    return bool(_status(item).get("observedGeneration", 0) >= item["metadata"].get("generation", 0))


def _status(item: Json) -> Json:
    return item.get("status") or {}


def _wanted(item: Json) -> int:
    return int((item.get("spec") or {}).get("replicas", 1))


def _replicas(updated: int, available: int, wanted: int, old: int) -> str:
    rest = f", {old} old still there" if old else ""
    return f"for pods: {updated}/{wanted} updated, {available}/{wanted} available{rest}"
