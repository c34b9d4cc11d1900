"""The life of objects by the real engine on a real API server: made, changed, replaced, healed, removed."""

import json
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.engine import Engine
from tests.support.kubernetes_stand_in.cluster import Cluster

pytestmark = pytest.mark.cluster
Make = Callable[[str], Engine]

_WEB = """
labels = {{"app": {app!r}}}
waits = ["python3", "-c", "import time; time.sleep(3600)"]
k8s.apps.v1.Deployment("web", metadata={{**inside, "name": "web"}}, spec={{
    "replicas": {replicas},
    "selector": {{"matchLabels": labels}},
    "template": {{"metadata": {{"labels": labels}}, "spec": {{
        "terminationGracePeriodSeconds": 0,
        "containers": [{{"name": "web", "image": {image}, "command": waits}}],
    }}}},
}}, opts=kept)
ports = [{{"port": 80}}]
k8s.core.v1.Service("web", metadata={{**inside, "name": "web"}}, spec={{"selector": labels, "ports": ports}}, opts=kept)
"""
_JOB = """
container = {{"name": "gate", "image": IMAGE, "command": ["python3", "-c", {program!r}]}}
container["terminationMessagePolicy"] = "FallbackToLogsOnError"
template = {{"spec": {{"restartPolicy": "Never", "containers": [container]}}}}
metadata = {{**inside, "annotations": {annotations}}}
k8s.batch.v1.Job("gate", metadata=metadata, spec={{"backoffLimit": 0, "template": template}}, opts=kept)
"""
_SETTINGS = """
metadata = {{**inside, "name": "settings", "labels": {{"tier": {tier!r}}}}}
k8s.core.v1.ConfigMap("settings", metadata=metadata, data={data}, opts={opts})
"""
_REASON = "accuracy 0.61 is below 0.93"


def _web(replicas: int = 1, app: str = "web", image: str = "IMAGE") -> str:
    return _WEB.format(replicas=replicas, app=app, image=image)


def _job(program: str, annotations: str = "{}") -> str:
    return _JOB.format(program=program, annotations=annotations)


def _settings(tier: str = "a", opts: str = "kept", **data: str) -> str:
    return _SETTINGS.format(tier=tier, data=data, opts=opts)


def _namespace(stack: Engine) -> str:
    return str(json.loads(stack.run("stack", "output", "--json").text)["namespace"])


def _live(api: Cluster, api_version: str, kind: str, stack: Engine, name: str) -> dict[str, Any] | None:
    return api.get(api.kind(api_version, kind), _namespace(stack), name)


def _patch(api: Cluster, stack: Engine, manager: str, **parts: Any) -> None:
    """Somebody else takes over what it names of the ConfigMap."""
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": _namespace(stack)}}
    api.apply(api.kind("v1", "ConfigMap"), {**item, **parts}, manager, force=True)


def test_objects_come_stay_change_are_replaced_heal_and_go(stack: Make, api: Cluster) -> None:
    engine = stack(_web() + _settings(a="1"))
    assert set(engine.preview().changes().values()) == {"create"}
    engine.up()
    namespace = _namespace(engine)
    assert engine.preview().changes() == {}, "a second up must change nothing"

    changes = stack(_web(replicas=2) + _settings(tier="b", a="1")).preview().changes()
    assert changes == {
        "kubernetes:apps/v1:Deployment::web": "update",
        "kubernetes:core/v1:ConfigMap::settings": "update",
    }
    engine.up()
    web = _live(api, "apps/v1", "Deployment", engine, "web")
    assert web is not None
    assert web["status"]["availableReplicas"] == 2, "up must wait for the rollout"

    replaced = stack(_web(replicas=1, app="other") + _settings(tier="b", a="1"))
    assert replaced.preview().changes()["kubernetes:apps/v1:Deployment::web"] == "replace"
    replaced.up()
    fresh = _live(api, "apps/v1", "Deployment", engine, "web")
    assert fresh is not None
    assert fresh["metadata"]["uid"] != web["metadata"]["uid"], "a selector cannot change in place"

    api.delete(api.kind("v1", "ConfigMap"), namespace, "settings", "Background")
    assert engine.preview().changes() == {}, "nobody has looked yet"
    engine.run("refresh", "--yes", "--skip-preview")
    assert engine.preview().changes() == {"kubernetes:core/v1:ConfigMap::settings": "create"}
    engine.up()

    engine.destroy()
    assert engine.resources() == []
    assert api.get(api.kind("v1", "Namespace"), None, namespace) is None, "destroy must leave nothing"


def test_a_failed_job_ends_up_with_its_own_words_and_is_replaced_when_it_is_asked_for(stack: Make) -> None:
    wish = '{"pulumi.com/replaceUnready": "true"}'
    engine = stack(_job(f"raise SystemExit({_REASON!r})", wish))
    failed = engine.up(check=False)
    assert failed.returncode != 0
    assert f"container gate ended with exit code 1: {_REASON}" in failed.text
    assert "kubernetes:batch/v1:Job" in engine.counts(), "a failed object is still an object"
    assert engine.preview().changes() == {"kubernetes:batch/v1:Job::gate": "replace"}
    stack(_job("pass", wish)).up()
    assert engine.preview().changes() == {}


def test_a_quota_that_is_too_small_reaches_the_error_within_a_minute(stack: Make) -> None:
    quota = 'quota = k8s.core.v1.ResourceQuota("pods", metadata=inside, spec={"hard": {"pods": "1"}}, opts=kept)\n'
    engine = stack(quota)
    engine.up()
    start = time.monotonic()
    failed = stack(quota + _web(replicas=2)).up(check=False)
    assert time.monotonic() - start < 60
    assert "exceeded quota" in failed.text
    assert "this does not end by itself" in failed.text


def test_an_image_that_nobody_has_reaches_the_error_within_a_minute(stack: Make) -> None:
    start = time.monotonic()
    failed = stack(_web(image="'localhost/missing:1'")).up(check=False)
    assert time.monotonic() - start < 60
    assert "ImagePull" in failed.text
    assert "localhost/missing:1" in failed.text


def test_a_field_that_does_not_exist_stops_the_preview(stack: Make) -> None:
    engine = stack("")
    engine.up()
    spoiled = _web().replace('"replicas"', '"replica"')
    found = stack(spoiled).run("preview", check=False)
    assert found.returncode != 0
    assert "spec.replica is no field of this kind" in found.text


def test_a_field_of_another_manager_is_not_taken_from_it_unless_forced(stack: Make, api: Cluster) -> None:
    engine = stack(_settings(a="1", b="1"))
    engine.up()
    _patch(
        api,
        engine,
        "kubectl",
        data={"a": "2"},
        metadata={"name": "settings", "namespace": _namespace(engine), "labels": {"tier": "x"}},
    )
    refused = stack(_settings(tier="c", a="1", b="1")).up(check=False)
    assert 'belongs to the field manager "kubectl"' in refused.text
    assert "pulumi.com/patchForce" in refused.text
    forced = _settings(tier="c", a="1", b="1").replace(
        '"labels"', '"annotations": {"pulumi.com/patchForce": "true"}, "labels"'
    )
    stack(forced).up()
    live = _live(api, "v1", "ConfigMap", engine, "settings")
    assert live is not None
    assert (live["metadata"]["labels"], live["data"]) == ({"tier": "c"}, {"a": "1", "b": "1"})


def test_an_ignored_field_stays_with_whoever_owns_it(stack: Make, api: Cluster) -> None:
    opts = 'pulumi.ResourceOptions.merge(kept, pulumi.ResourceOptions(ignore_changes=["data.a"]))'
    engine = stack(_settings(opts=opts, a="1"))
    engine.up()
    _patch(api, engine, "shift", data={"a": "2"})
    stack(_settings(tier="b", opts=opts, a="1")).up()
    live = _live(api, "v1", "ConfigMap", engine, "settings")
    assert live is not None
    assert (live["metadata"]["labels"]["tier"], live["data"]["a"]) == ("b", "2")
    engine.run("refresh", "--yes", "--skip-preview")
    assert engine.preview().changes() == {}


def test_what_is_secret_stands_in_no_state_and_no_display(stack: Make) -> None:
    word = "correct-horse-battery"
    engine = stack(f'k8s.core.v1.Secret("key", metadata=inside, string_data={{"key": {word!r}}}, opts=kept)\n')
    shown = engine.run("preview", "--diff").text + engine.up().text + engine.run("stack", "export").text
    assert word not in shown


def test_an_interrupted_up_keeps_what_it_made(stack: Make) -> None:
    engine = stack(_web(image="'localhost/missing:1'"))
    command = ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"]
    with subprocess.Popen(
        command, cwd=engine.directory, env=engine.environment, stdout=subprocess.PIPE, text=True
    ) as up:
        assert up.stdout is not None
        said = next((line for line in up.stdout if "ImagePull" in line or "waiting for pods" in line), None)
        assert said is not None, "what is waited for must show while it is waited for"
        start = time.monotonic()
        up.send_signal(signal.SIGINT)
        rest = up.stdout.read()
    assert time.monotonic() - start < 10
    assert "interrupted" in rest
    assert "kubernetes:apps/v1:Deployment" in engine.counts()


def test_a_patch_owns_its_fields_only_and_gives_them_back(stack: Make, api: Cluster) -> None:
    patch = 'k8s.core.v1.ConfigMapPatch("more", metadata={{**inside, "name": {name}}}, data={{"b": "2"}}, opts=kept)\n'
    refused = stack(patch.format(name="'missing'")).up(check=False)
    assert "to patch; make it first" in refused.text
    settings = _settings(a="1").replace("k8s.core", "settings = k8s.core", 1)
    engine = stack(settings + patch.format(name='settings.metadata["name"]'))
    engine.up()
    live = _live(api, "v1", "ConfigMap", engine, "settings")
    assert live is not None
    assert live["data"] == {"a": "1", "b": "2"}
    stack(settings).up()
    left = _live(api, "v1", "ConfigMap", engine, "settings")
    assert left is not None
    assert left["data"] == {"a": "1"}


def test_a_custom_timeout_ends_the_wait(stack: Make) -> None:
    condition = '"annotations": {"pulumi.com/waitFor": "jsonpath={.data.ready}=yes"}, "labels"'
    opts = 'pulumi.ResourceOptions.merge(kept, pulumi.ResourceOptions(custom_timeouts={"create": "2s"}))'
    failed = stack(_settings(opts=opts, a="1").replace('"labels"', condition)).up(check=False)
    assert "timed out after 2 s waiting for jsonpath={.data.ready}=yes" in failed.text
