"""Everything that is done to a model on purpose while it is asked without pause: no request may notice.

Every answer is compared with what the release that gave it computes in this process.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from components.local.fragments import Weights
from components.local.gateway_admin import statistics
from components.local.gateway_config import GatewayFiles
from components.local.supervision import write_private
from tests.e2e.conftest import Prove
from tests.support.callers import infer
from tests.support.load import load
from tests.support.switched_model import MODEL, QUIET_RATES, asked_rows
from tests.support.switching import Switching, switching_stack
from tests.support.tiny_releases import constant_model, make_release
from tests.support.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.load]

ROUND_TRIPS = 20
MANY = 300
# The gateway's files, and by which of Envoy's statistics a refusal of each shows.
COUNTED_BY = {"clusters": "cds", "routes": "rds", "listeners": "lds", "api_keys": "extension_config"}
QUICK: dict[str, Any] = {"steps_percent": [1, 25, 100], "hold_seconds": 0.2, "min_requests": 1}


@pytest.fixture(scope="module")
def switching() -> Iterator[Switching]:
    with switching_stack() as made:
        yield made


def forget_what_was_live_before(switching: Switching) -> None:
    """Let what comes be a shift of its own and no rollback, whatever was switched before."""
    known = Weights.read(switching.stack.stack_dir, MODEL)
    assert known is not None
    replace(known, previous=None).write(switching.stack.stack_dir, MODEL)


def test_twenty_shifts_there_and_back_lose_no_request(switching: Switching, prove: Prove) -> None:
    with load(switching.plan()) as running:
        for _ in range(ROUND_TRIPS):
            for slot in ("green", "blue"):
                forget_what_was_live_before(switching)
                outcome = switching.lead(slot, **QUICK)
                assert outcome.moved, outcome.verdict
                assert len(outcome.looks) >= len(QUICK["steps_percent"]), "every step must have been watched"
        tally = running.stop()
    prove(f"{2 * ROUND_TRIPS} shifts, blue to green to blue", tally)
    assert min(tally.right["blue"], tally.right["green"]) > tally.total / 4, "both slots must have had their share"


def test_a_rollback_is_one_write_without_steps(switching: Switching, prove: Prove) -> None:
    forget_what_was_live_before(switching)
    with load(switching.plan(QUIET_RATES)) as running:
        switching.up("green", **QUICK)
        rolled_back = switching.up("blue")
        tally = running.stop()
    prove("a promotion and its rollback", tally)
    assert "blue was live before" in rolled_back.text
    assert " req " not in rolled_back.text, "a rollback has no steps to watch"
    assert "gate of" not in rolled_back.text, "a rollback must not wait for a gate"
    assert switching.weights == {"blue": 100, "green": 0}
    assert tally.right["green"], "it must have been promoted"


def test_another_model_comes_and_goes(switching: Switching, prove: Prove) -> None:
    stack, other = switching.stack, "other"
    release = make_release(constant_model(1), stack.folder / "releases" / other / "1", name=other)
    clients = stack.gateway["clients"]
    with load(switching.plan(QUIET_RATES)) as running:
        stack.models[other] = {"slots": {"blue": {"release": f"releases/{other}/1"}}, "live": "blue"}
        clients["demo"]["models"] = [MODEL, other]
        switching.up("blue")
        plan = replace(switching.plan({"rest": 50.0, "rest_new": 5.0}), model=other, releases=[release])
        with load(plan) as asking_other:
            del stack.models[other]
            clients["demo"]["models"] = [MODEL]
            switching.up("blue")
            of_other = asking_other.stop()
        tally = running.stop()
    prove("another model is added and removed", tally)
    assert of_other.right["blue"], of_other
    # The client's permission is withdrawn first, then the model is gone; it is never half there.
    assert {refusal.split()[0] for refusal in of_other.refused} <= {"403", "404"}, of_other
    assert not of_other.lost, of_other


def test_a_client_gets_another_key(switching: Switching, prove: Prove) -> None:
    stack, one_row = switching.stack, {"x": asked_rows(0)[:1]}
    old = stack.keys["guest"]
    with load(switching.plan(QUIET_RATES)) as running:
        stack.gateway["clients"]["guest"]["key_version"] = 2
        switching.up("blue")
        tally = running.stop()
    prove("another client's key is rotated", tally)
    del stack.keys
    assert infer(stack.url, MODEL, one_row, x_api_key=old).status == 401
    assert infer(stack.url, MODEL, one_row, x_api_key=stack.keys["guest"]).status == 200


@pytest.mark.parametrize(
    ("file", "counter"),
    [("clusters", "cds"), ("routes", "rds"), ("listeners", "lds"), ("api_keys", "extension_config")],
)
def test_a_bad_gateway_file_is_rejected_and_the_old_one_stays(
    switching: Switching, prove: Prove, file: str, counter: str
) -> None:
    path, admin = getattr(GatewayFiles(switching.stack.stack_dir), file), switching.stack.stack_dir.gateway_admin_socket

    def rejected() -> int:
        return sum(statistics(admin, f"{counter}.*(update_rejected|config_fail|update_failure)").values())

    good, before = path.read_text(), rejected()
    with load(switching.plan(QUIET_RATES)) as running:
        write_private(path, good.replace('"name"', '"nme"'))
        until(lambda: rejected() > before, 10, "a rejection")
        asked = running.tally().total
        until(lambda: running.tally().total > asked + MANY, 10, "many requests under the old configuration")
        write_private(path, good)
        tally = running.stop()
    prove(f"a bad file of the gateway's {file.replace('_', ' ')}", tally)
