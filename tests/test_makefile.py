"""Which rules and which steps `make` takes for a stack, read from what it would run."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def would_run(target: str, stack: str, *settings: str) -> str:
    command = ["make", "--dry-run", "--no-print-directory", target, f"STACK={stack}", *settings]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("stack", "kind"),
    [
        ("local", "local"),
        ("alice", "local"),
        ("device", "local"),
        ("dev", "dev"),
        ("dev-eu", "dev"),
        ("staging", "dev"),
        ("prod", "prod"),
        ("prod-cloud", "prod"),
        ("preprod.eu", "prod"),
        ("foundation", "prod"),
    ],
)
def test_the_name_of_a_stack_says_which_rules_judge_it(stack: str, kind: str) -> None:
    assert f"--policy-pack-config policies/config/{kind}.json" in would_run("preview", stack)
    assert f"--policies policies/config/{kind}.json" in would_run("plan", stack)


def test_one_machine_trains_its_releases_and_a_cloud_says_first_what_it_needs() -> None:
    local, cloud = would_run("up", "local"), would_run("up", "dev")
    assert "examples.digits.train" in local
    assert "infra.prerequisites" not in local
    assert "infra.prerequisites --stack dev" in cloud
    assert "examples.digits.train" not in cloud


def test_only_a_cloud_asks_before_it_makes_anything() -> None:
    assert "--yes" in would_run("up", "local")
    for stack in ("prod-cloud", "cluster"):
        assert "--yes" not in would_run("up", stack, "CI=")
        assert "--yes" in would_run("up", stack, "CI=true"), "nobody answers there"


@pytest.mark.parametrize("stack", ["local", "cluster"])
def test_a_stack_ends_its_up_with_a_summary_and_shows_its_status_in_one_way(stack: str) -> None:
    up = would_run("up", stack)
    assert up.index("pulumi up") < up.index(f"infra.summary --stack {stack}")
    assert f"infra.status --stack {stack}" in would_run("status", stack)


def test_only_a_cloud_keeps_its_state_where_the_environment_says() -> None:
    backend = "PULUMI_BACKEND_URL=s3://state?region=us-east-1"
    kept = "export PULUMI_BACKEND_URL='s3://state?region=us-east-1' && pulumi"
    for target in ("up", "preview", "down"):
        assert kept in would_run(target, "dev", backend)
        assert "PULUMI_BACKEND_URL" not in would_run(target, "dev", "PULUMI_BACKEND_URL=")
        assert "PULUMI_BACKEND_URL" not in would_run(target, "local", backend)


def test_a_cloud_is_taken_down_only_after_a_check_and_a_question() -> None:
    cloud = would_run("down", "prod-cloud", "CI=")
    assert cloud.index("infra.teardown check --stack prod-cloud") < cloud.index("pulumi destroy --stack prod-cloud")
    assert "--yes" not in cloud
    assert "--yes" in would_run("down", "prod-cloud", "CI=true"), "nobody answers there"
    assert "infra.teardown" not in would_run("down", "local")


def test_draining_writes_the_stack_file_and_then_brings_it_up() -> None:
    drained = would_run("drain", "dev")
    assert drained.index("infra.teardown drain --stack dev") < drained.index("infra.prerequisites --stack dev")


CLUSTER = "SLIPWAY_TEST_KUBECONFIG"


def test_the_tests_on_a_cluster_make_one_unless_another_is_named() -> None:
    assert "tests.cluster up" in would_run("e2e-cluster", "local", f"{CLUSTER}=")
    theirs = would_run("e2e-cluster", "local", f"{CLUSTER}=theirs.yaml")
    assert "tests.cluster" not in theirs
    assert "pytest -m cluster" in theirs


def test_the_tests_on_a_cluster_are_all_that_are_marked_as_such() -> None:
    (command,) = (line for line in would_run("e2e-cluster", "local").splitlines() if "pytest -m cluster" in line)
    named = command.partition("pytest -m cluster")[2].split()
    marked = [path for path in (ROOT / "tests").rglob("test_*.py") if "pytest.mark.cluster" in path.read_text()]
    forgotten = {
        str(path.relative_to(ROOT))
        for path in marked
        if path != Path(__file__) and not any(path.is_relative_to(ROOT / folder) for folder in named)
    }
    assert not forgotten
