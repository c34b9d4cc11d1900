"""What commands beside the program read of a stack file: plain values, whatever else is wrong with it."""

from pathlib import Path

import pytest

from infra.stack_values import cluster_of, stack_values, values_of


def test_values_have_short_names_and_no_secrets(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text("encryptionsalt: x\nconfig: {'slipway:platform': {kind: aws, key: {secure: abc}}, 'aws:region': y}")
    found = stack_values(path)
    assert found.keys() == {"platform"}
    assert "abc" not in str(found)
    path.write_text("")
    assert stack_values(path) == {}


def test_a_stack_without_a_file_has_no_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert values_of("dev") == {}


@pytest.mark.parametrize(
    ("platform", "stack"),
    [
        ({"kind": "kubernetes", "cluster": {"stack": "prod-cloud"}}, "prod-cloud"),
        ({"kind": "kubernetes", "cluster": {"kubeconfig": "~/.kube/config"}}, None),
        ({"kind": "kubernetes", "cluster": "prod-cloud"}, None),
        ({"kind": "aws", "cluster": {"stack": "prod-cloud"}}, None),
        ("kubernetes", None),
        (None, None),
    ],
)
def test_the_stack_whose_cluster_another_stands_on_is_named(platform: object, stack: str | None) -> None:
    assert cluster_of(platform) == stack
