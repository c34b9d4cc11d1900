"""Charts and YAML as components: rendered, in order, each object a resource of its own."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.binaries import HELM, built
from tests.support.engine import Engine
from tests.support.kubernetes_stand_in.api_error import ApiError
from tests.support.kubernetes_stand_in.charts import phases
from tests.support.kubernetes_stand_in.helm import PROGRAM, objects, rendered

Make = Callable[[str], Engine]
_DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: standins.slipway.dev}
spec:
  group: slipway.dev
  names: {kind: StandIn, plural: standins}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""
_TEMPLATE = """
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}-settings"}
data: {word: {{ .Values.word | quote }}}
---
apiVersion: slipway.dev/v1
kind: StandIn
metadata: {name: one}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: hook, annotations: {helm.sh/hook: pre-install}}
"""
_PROGRAM = """
k8s.helm.v4.Chart(
    "demo",
    chart={chart!r},
    namespace=space.metadata["name"],
    values={{"word": {word!r}}},
    opts=pulumi.ResourceOptions(providers=[kept.provider]),
)
"""


def _chart(folder: Path) -> Path:
    chart = folder / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "crds").mkdir()
    (chart / "Chart.yaml").write_text(json.dumps({"apiVersion": "v2", "name": "demo", "version": "1.0.0"}))
    (chart / "templates" / "all.yaml").write_text(_TEMPLATE)
    (chart / "crds" / "definition.yaml").write_text(_DEFINITION)
    return chart


def test_yaml_is_read_as_kubernetes_reads_it() -> None:
    text = "a: 2030-01-01\nkind: X\n---\n\n---\nkind: ConfigMapList\nitems: [{kind: ConfigMap}, {kind: ConfigMap}]\n"
    found = list(objects(text))
    assert [each["kind"] for each in found] == ["X", "ConfigMap", "ConfigMap"]
    assert found[0]["a"] == "2030-01-01"


def test_definitions_come_first_and_what_they_define_comes_last() -> None:
    defined = {"kind": "CustomResourceDefinition", "spec": {"names": {"kind": "Thing"}}}
    kinds = ["Thing", "Deployment", "ValidatingWebhookConfiguration", "ConfigMap", "Namespace", "Service"]
    found = [[each["kind"] for each in phase] for phase in phases([*({"kind": kind} for kind in kinds), defined])]
    assert found == [
        ["Namespace", "CustomResourceDefinition"],
        ["ConfigMap"],
        ["Deployment", "Service"],
        ["Thing", "ValidatingWebhookConfiguration"],
    ]


def test_what_the_stand_in_cannot_render_is_refused_by_name() -> None:
    with pytest.raises(ApiError, match="renders no chart with postRenderer"):
        rendered({"chart": "x", "postRenderer": {"command": "sed"}}, "demo", "default", None)


def test_a_missing_helm_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PROGRAM, "no-such-helm")
    with pytest.raises(ApiError, match="put it on PATH or name it in SLIPWAY_HELM"):
        rendered({"chart": "x"}, "demo", "default", None)


@pytest.fixture
def _helm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test cluster's own helm, where there is no other."""
    if not shutil.which(os.environ.get(PROGRAM, "helm")):
        monkeypatch.setenv(PROGRAM, str(built(HELM) / "helm"))


@pytest.mark.cluster
@pytest.mark.usefixtures("_helm")
def test_a_chart_is_rendered_and_its_objects_live_as_resources_of_their_own(stack: Make, tmp_path: Path) -> None:
    chart = str(_chart(tmp_path))
    engine = stack(_PROGRAM.format(chart=chart, word="first"))
    planned = engine.preview().changes()
    engine.up()
    assert engine.preview().changes() == {}, "a second up must change nothing"
    kinds = {each["type"].rpartition(":")[2] for each in engine.resources()}
    assert {"CustomResourceDefinition", "ConfigMap", "StandIn"} <= kinds
    assert not any("hook" in name for name in planned), "hooks are left out, as the official provider leaves them out"
    changes = stack(_PROGRAM.format(chart=chart, word="second")).preview().changes()
    assert [name.split("::")[0] for name in changes] == ["kubernetes:core/v1:ConfigMap"]
