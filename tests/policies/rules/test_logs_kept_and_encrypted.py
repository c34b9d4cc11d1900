import pytest
from mechanics.facts import UNKNOWN
from planned_stack import MISSING, good_stack, messages, put, resource, spoil, without

ID = "logs-kept-and-encrypted"


def test_logs_with_a_retention_and_a_key_pass() -> None:
    assert messages(ID, good_stack(), "prod") == []
    assert messages(ID, spoil("api-server-log", "kmsKeyId", UNKNOWN)) == []


@pytest.mark.parametrize("days", [MISSING, 0, None])
def test_a_log_that_is_kept_for_ever_is_refused(days: object) -> None:
    (found,) = messages(ID, spoil("api-server-log", "retentionInDays", days))
    assert "the log is kept for ever. Where: LogGroup api-server-log, retentionInDays. Fix: set 7 to 400 days" in found


def test_production_keeps_logs_longer() -> None:
    short = spoil("api-server-log", "retentionInDays", 14)
    assert messages(ID, short, "dev") == []
    (found,) = messages(ID, short, "prod")
    assert "the log is kept for 14 days" in found


def test_a_group_that_eks_would_make_itself_is_refused() -> None:
    (found,) = messages(ID, without("api-server-log"))
    assert 'EKS will make the log group "/aws/eks/c/cluster" itself and keep it for ever' in found


def test_a_network_without_flow_logs_is_refused() -> None:
    (found,) = messages(ID, without("flows"))
    assert "the network records no flows. Where: Vpc network." in found


def test_something_else_with_a_retention_is_left_alone() -> None:
    assert messages(ID, put(resource("aws:kinesis/stream:Stream", "s", {"retentionInDays": 0}))) == []
