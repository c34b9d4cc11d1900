"""What is shown of the last gate and the last shift."""

from components.kubernetes.document import Document
from components.kubernetes.rollout_status import RolloutStatus, has_log, latest, result_of, rollout_statuses
from tests.support.cluster_view import job, pod_of_job

EARLY, LATE = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
COMPLETE = {"type": "Complete", "status": "True", "message": "Reached expected number of succeeded pods"}
FAILED = {"type": "Failed", "status": "True", "message": "Job has reached the specified backoff limit"}
NAMES = {"fraud-score": "fraud_score"}


def only(jobs: list[Document], pods: list[Document], last_words: dict[str, str]) -> RolloutStatus:
    (found,) = rollout_statuses(jobs, pods, last_words, NAMES)
    return found


def test_the_youngest_of_each_kind_is_shown() -> None:
    jobs = [job("shift", "new", LATE), job("shift", "old", EARLY), job("gate", "gate", EARLY)]
    assert [each["metadata"]["name"] for each in latest(jobs)] == ["gate", "new"]


def test_a_shift_that_failed_says_its_own_last_sentence() -> None:
    pods = [pod_of_job("s", "a look\nmax_error_rate: 3% of 400; all traffic is on blue.\n")]
    assert only([job("shift", "s", LATE, FAILED)], pods, {}) == RolloutStatus(
        model="fraud_score",
        rollout="shift",
        job="s",
        state="failed",
        result="max_error_rate: 3% of 400; all traffic is on blue.",
    )


def test_a_shift_that_ended_well_left_its_sentence_in_the_log() -> None:
    found = only([job("shift", "s", LATE, COMPLETE)], [pod_of_job("s")], {"s": "all traffic is on green."})
    assert (found.state, found.result) == ("done", "all traffic is on green.")


def test_a_job_whose_pods_are_gone_says_what_the_cluster_says_or_nothing() -> None:
    assert only([job("shift", "s", LATE, FAILED)], [], {}).result == FAILED["message"]
    assert only([job("shift", "s", LATE, COMPLETE)], [], {}).result is None


def test_a_job_without_an_end_runs() -> None:
    assert only([job("gate", "g", LATE)], [], {}).state == "running"


def test_a_fetch_that_failed_is_the_result_of_its_job() -> None:
    pod = pod_of_job("g")
    failed = {"name": "candidate", "state": {"terminated": {"exitCode": 2, "message": "no such bucket"}}}
    pod["status"]["initContainerStatuses"] = [failed]
    assert result_of(pod) == "no such bucket"


def test_a_pod_that_has_not_begun_has_no_log() -> None:
    assert not has_log(pod_of_job("g", phase="Pending"))
    assert has_log(pod_of_job("g", phase="Running"))
