"""Jobs: ready when complete; failed with what the failing container said last."""

from tests.support.kubernetes_stand_in.ready.pods import pod_problems, terminations
from tests.support.kubernetes_stand_in.ready.workloads import refused_pods
from tests.support.kubernetes_stand_in.verdict import Around, Json, Problem, Verdict, condition, owned_by


def job(item: Json, around: Around) -> Verdict:
    """A Job is ready when it is complete; a suspended one is not waited for."""
    failed = condition(item, "Failed")
    pods = owned_by(item, around.pods)
    if failed.get("status") == "True":
        said = [f"pod {each['metadata']['name']}: {text}" for each in _latest(pods) for text in terminations(each)]
        reason = f"{failed.get('reason', 'Failed')}: {failed.get('message', '')}"
        return Verdict(failed="; ".join([*said[:1], f"the Job failed with {reason}"]))
    if condition(item, "Complete").get("status") == "True" or (item.get("spec") or {}).get("suspend"):
        return Verdict(done=True)
    status = item.get("status") or {}
    problems = tuple(_problems(item, pods, around))
    return Verdict(
        waiting=f"for the Job: {status.get('active', 0)} active, {status.get('failed', 0)} failed", problems=problems
    )


def has_failed(item: Json) -> bool:
    """Whether a Job has ended without success, for good."""
    return condition(item, "Failed").get("status") == "True"


def _problems(item: Json, pods: tuple[Json, ...], around: Around) -> list[Problem]:
    refused = [] if pods else list(refused_pods(item, around))
    return [*refused, *(problem for each in pods for problem in pod_problems(each, around))]


def _latest(pods: tuple[Json, ...]) -> list[Json]:
    return sorted(pods, key=lambda each: str(each["metadata"].get("creationTimestamp", "")), reverse=True)
