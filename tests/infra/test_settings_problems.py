"""What a reader sees for each mistake in a stack file: where, what was found, what is allowed, what to do."""

import copy
from typing import Any

import pytest

from infra.settings_problems import listed, problems, suggestion

FILE = "Pulumi.local.yaml"
RIGHT: dict[str, Any] = {
    "platform": {"kind": "local"},
    "gateway": {"clients": {"demo": {"models": ["digits"]}}},
    "models": {"digits": {"slots": {"blue": {"release": "releases/digits/1"}}, "live": "blue"}},
}
GONE = object()
NAME = "a name has at most 40 of a-z, 0-9, - and _, and starts with a letter"

# The setting, what is put there, and what is said about it.
MISTAKES: dict[str, tuple[str, Any, str]] = {
    "misspelt key": (
        "gateway.prt",
        8080,
        'gateway.prt is not a setting (did you mean "port"?); known here are address,',
    ),
    "misspelt top key": (
        "modls",
        {},
        'modls is not a setting (did you mean "models"?); known here are gateway, models',
    ),
    "missing key": ("platform.kind", GONE, f"platform.kind is missing; add it in {FILE}. It is: Which platform."),
    "missing top key": ("platform", GONE, f"platform is missing; add it in {FILE}. It is: Where the stack runs."),
    "unknown platform": (
        "platform.kind",
        "lokal",
        'platform.kind is "lokal", but allowed are aws, foundation, kubernetes and local (did you mean "local"?)',
    ),
    "slot misspelt": (
        "models.digits.live",
        "gren",
        'models.digits.live is "gren", but allowed are blue and green (did you mean "green"?); set it in',
    ),
    "slot without release": (
        "models.digits.live",
        "green",
        'models.digits.live is "green", but that slot has no release (slots with one: blue); give',
    ),
    "slot as text": (
        "models.digits.slots.blue",
        "r/1",
        'models.digits.slots.blue is "r/1"; it must be a mapping of keys',
    ),
    "slots empty": ("models.digits.slots", None, "models.digits.slots is empty; it must be a mapping of keys"),
    "no such model": (
        "gateway.clients.demo.models",
        ["digit"],
        'gateway.clients.demo.models names "digit", but the models are digits (did you mean "digits"?); correct it',
    ),
    "one model as text": ("gateway.clients.demo.models", "digits", 'models is "digits"; it must be a list'),
    "model name": ("models.Digits", {"slots": {}, "live": "blue"}, f'models has the key "Digits"; {NAME}'),
    "client name": ("gateway.clients.A b", {"models": []}, f'gateway.clients has the key "A b"; {NAME}'),
    "client of our own": (
        "gateway.clients.slipway-operator",
        {"models": []},
        "gateway.clients.slipway-operator is the name that gates and shifts call by; choose another",
    ),
    "port as text": ("gateway.port", "eighty", 'gateway.port is "eighty"; input should be a valid integer'),
    "port out of range": ("gateway.port", 70000, "gateway.port is 70000; input should be less than or equal to 65535"),
    "host name": (
        "gateway.address",
        "localhost",
        'gateway.address is "localhost"; allowed is an IPv4 address of this machine, such as 127.0.0.1',
    ),
    "too few ports": (
        "platform.slot_ports.count",
        2,
        "platform.slot_ports.count is 2; input should be greater than or",
    ),
    "short digest": (
        "models.digits.slots.blue.release",
        {"uri": "file:///r", "sha256": "12"},
        'models.digits.slots.blue.release.sha256 is "12"; a digest has 64 of 0-9 and a-f',
    ),
    "no digest": (
        "models.digits.slots.blue.release",
        {"uri": "file:///r"},
        "models.digits.slots.blue.release.sha256 is missing",
    ),
    "unknown metric": (
        "models.digits.gate.min_quality",
        {"acuracy": 0.9},
        'models.digits.gate.min_quality has the key "acuracy", but allowed are accuracy, f1_macro, roc_auc, rmse and',
    ),
    "impossible limit": (
        "models.digits.gate.max_disagreement",
        2,
        "models.digits.gate.max_disagreement is 2; allowed is",
    ),
    "falling steps": (
        "models.digits.shift.steps_percent",
        [50, 10],
        "models.digits.shift.steps_percent is [50, 10]; allowed are ascending whole numbers",
    ),
    "no threads": ("models.digits.runtime.threads", 0, "models.digits.runtime.threads is 0; input should be greater"),
    "long value": ("gateway.port", "x" * 200, 'gateway.port is "' + "x" * 59 + "…; input should be"),
}


def spoiled(path: str, value: Any) -> dict[str, Any]:
    """Return the right settings with one thing changed."""
    raw = copy.deepcopy(RIGHT)
    *folders, last = path.split(".")
    there = raw
    for name in folders:
        there = there.setdefault(name, {})
    if value is GONE:
        del there[last]
    else:
        there[last] = value
    return raw


def test_right_settings_have_no_problem() -> None:
    assert problems(RIGHT, FILE) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_place_and_what_to_do(mistake: str) -> None:
    path, value, sentence = MISTAKES[mistake]
    found = problems(spoiled(path, value), FILE)
    assert [problem for problem in found if sentence in problem], found
    assert all(FILE in problem for problem in found), "every sentence must name the file to correct"
    assert not any("object at" in problem or "_pattern" in problem for problem in found)


@pytest.mark.parametrize("mistake", sorted(set(MISTAKES) - {"slots empty", "model name"}))
def test_one_mistake_is_told_once(mistake: str) -> None:
    path, value, _ = MISTAKES[mistake]
    assert len(problems(spoiled(path, value), FILE)) == 1


def test_all_mistakes_are_told_at_once() -> None:
    raw = spoiled("gateway.port", 0)
    raw["platform"]["kind"] = "cloud"
    raw["models"]["digits"]["live"] = "green"
    raw["models"]["digits"]["shift"] = {"min_requests": 0, "max_p99_ms": 0}
    assert [problem.split(" ")[0] for problem in problems(raw, FILE)] == [
        "gateway.port",
        "models.digits.live",
        "models.digits.shift.max_p99_ms",
        "models.digits.shift.min_requests",
        "platform.kind",
    ]


def test_an_empty_stack_file_says_what_belongs_into_it() -> None:
    assert [problem.split(" ")[0] for problem in problems({}, FILE)] == ["gateway", "models", "platform"]


@pytest.mark.parametrize(
    ("names", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_names_are_listed_as_a_reader_lists_them(names: list[str], text: str) -> None:
    assert listed(names) == text


def test_only_a_near_name_is_suggested() -> None:
    assert suggestion("gren", ["blue", "green"]) == ' (did you mean "green"?)'
    assert suggestion("purple", ["blue", "green"]) == ""


@pytest.mark.parametrize(
    "shift",
    [{"max_prediction_distance": 0.1}, {"mirror_percent": 5, "mirror_seconds": 5}],
    ids=min,
)
def test_what_only_a_cluster_cannot_do_is_allowed_on_one_machine(shift: dict[str, Any]) -> None:
    raw = copy.deepcopy(RIGHT)
    raw["models"]["digits"]["shift"] = shift
    assert problems(raw, FILE) == []
