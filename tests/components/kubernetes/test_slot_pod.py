"""The pods of a slot: probes, drain, security, shared memory, GPUs."""

import argparse
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.kubernetes import triton
from components.kubernetes.cluster_site import Site
from components.kubernetes.document import Document
from components.kubernetes.drain import drain
from components.kubernetes.model_resources import ModelResources
from components.kubernetes.release_volume import release_volume
from components.kubernetes.slot_pod import pod_spec
from serving import golden_probe
from tests.support.cluster_examples import RUNTIME, SITE, release_spec

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def pod(resources: dict[str, Any] | None = None, *, priority: str | None = None, site: Site = SITE) -> Document:
    release = release_spec("digits", "1")
    stop = drain(site.request_timeout_seconds)
    spec = {
        "model": "digits",
        "slot": "blue",
        "release": release,
        "runtime": RUNTIME,
        "command": triton.command("digits", exit_timeout_seconds=stop.exit_timeout_seconds, with_gpu=False),
    }
    return pod_spec(
        site,
        spec,
        resources=ModelResources.of(resources or {}),
        volume=release_volume(release),
        drain=stop,
        service_account="digits-blue",
        priority_class=priority,
    )


def server(spec: Document) -> Document:
    (container,) = spec["containers"]
    return dict(container)


@given(longest=st.floats(min_value=0.1, max_value=600))
def test_a_stop_outlasts_the_sleep_the_server_and_the_longest_request(longest: float) -> None:
    stop = drain(longest)
    assert stop.exit_timeout_seconds >= longest, "the server must finish what it has"
    assert stop.grace_seconds >= stop.pre_stop_seconds + stop.exit_timeout_seconds + longest
    assert stop.pre_stop_seconds >= 15, "every proxy must know before the server ends"


def test_the_pod_gives_each_part_of_its_stop_the_time_that_was_computed() -> None:
    spec, stop = pod(), drain(SITE.request_timeout_seconds)
    assert spec["terminationGracePeriodSeconds"] == stop.grace_seconds
    assert server(spec)["lifecycle"]["preStop"]["sleep"]["seconds"] == stop.pre_stop_seconds
    assert f"--exit-timeout-secs={stop.exit_timeout_seconds}" in server(spec)["command"]


@pytest.mark.parametrize("probe", PROBES)
def test_every_probe_is_a_real_inference(probe: str) -> None:
    found = server(pod())[probe]
    assert found["exec"]["command"][:4] == ["python3", "-m", "serving.golden_probe", "/work" + "/probe.json"]


def asked(probe: Document) -> argparse.Namespace:
    """Return what the program of a probe understands."""
    return golden_probe.parser().parse_args(probe["exec"]["command"][3:])


@given(start=st.floats(min_value=1, max_value=3600), request=st.floats(min_value=0.1, max_value=600))
def test_a_start_may_take_as_long_as_the_stack_file_says_and_not_much_longer(start: float, request: float) -> None:
    found = server(pod(site=replace(SITE, start_timeout_seconds=start, request_timeout_seconds=request)))
    probe = found["startupProbe"]
    patience, tries = asked(probe).patience_seconds, probe["failureThreshold"]
    assert start <= patience * tries <= start + tries, "a try that fails lasts as long as its patience"
    assert probe["timeoutSeconds"] > patience, "who asks says itself why it gave up"
    assert probe["periodSeconds"] <= 2, "a start that succeeds is noticed soon"
    assert tries == 1 or patience >= 2 * request, "a try must be longer than an answer"


def test_a_pool_whose_nodes_take_long_gives_a_start_the_time_for_it() -> None:
    site = replace(SITE, pool_start_seconds={"large": 900})
    slow, usual = (server(pod({"gpu": 1, "pool": pool}, site=site))["startupProbe"] for pool in ("large", "small"))
    assert asked(slow).patience_seconds * slow["failureThreshold"] >= 900
    assert asked(usual).patience_seconds * usual["failureThreshold"] < 400


@pytest.mark.parametrize("probe", PROBES)
@given(request=st.floats(min_value=0.1, max_value=600))
def test_an_answer_that_users_would_get_is_in_time_for_a_probe(probe: str, request: float) -> None:
    found = server(pod(site=replace(SITE, request_timeout_seconds=request)))[probe]
    assert asked(found).timeout_seconds >= request
    assert found["timeoutSeconds"] > min(asked(found).timeout_seconds, asked(found).patience_seconds or 1e9)


def test_a_pod_that_is_only_busy_is_never_restarted() -> None:
    assert asked(server(pod())["livenessProbe"]).silence_is_work
    assert not asked(server(pod())["readinessProbe"]).silence_is_work, "one that hangs must leave its Service"
    assert not asked(server(pod())["startupProbe"]).silence_is_work


def test_a_pod_that_fails_leaves_its_service_before_it_is_restarted() -> None:
    ready, alive = (server(pod())[probe] for probe in ("readinessProbe", "livenessProbe"))
    assert ready["periodSeconds"] * ready["failureThreshold"] < alive["periodSeconds"] * alive["failureThreshold"]


def test_no_container_may_do_more_than_run() -> None:
    spec = pod()
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    for container in (*spec["containers"], *spec["initContainers"]):
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}


def test_shared_memory_is_sized_and_counts_as_memory() -> None:
    (shm,) = [volume for volume in pod({"shm_mib": 128})["volumes"] if volume["name"] == "shm"]
    assert shm["emptyDir"] == {"medium": "Memory", "sizeLimit": "128Mi"}
    assert {"name": "shm", "mountPath": "/dev/shm"} in server(pod())["volumeMounts"]  # noqa: S108 - in a pod


def test_memory_is_limited_and_the_processor_is_not() -> None:
    amounts = server(pod({"cpu": 0.5, "memory_mib": 512}))["resources"]
    assert amounts == {"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {"memory": "512Mi"}}


def test_a_gpu_is_asked_for_once_tolerated_and_looked_for_in_its_pool() -> None:
    spec = pod({"gpu": 2, "pool": "large"})
    amounts = server(spec)["resources"]
    assert amounts["limits"]["nvidia.com/gpu"] == amounts["requests"]["nvidia.com/gpu"] == 2
    assert spec["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    assert spec["nodeSelector"] == {"slipway.dev/pool": "large"}


def test_a_pod_without_a_gpu_stays_off_the_nodes_with_one() -> None:
    assert not {"tolerations", "nodeSelector"} & set(pod())


@pytest.mark.parametrize(
    ("share", "resource"),
    [
        ({"kind": "mig", "profile": "1g.10gb"}, "nvidia.com/mig-1g.10gb"),
        ({"kind": "time_slicing"}, "nvidia.com/gpu.shared"),
    ],
)
def test_a_part_of_a_gpu_is_only_taken_where_it_is_named(share: dict[str, str], resource: str) -> None:
    limits = server(pod({"gpu": 1, "pool": "large", "accelerator_share": share}))["resources"]["limits"]
    assert limits[resource] == 1
    assert "nvidia.com/gpu" not in limits


def test_pods_are_spread_over_nodes_and_zones_by_release() -> None:
    spread = pod()["topologySpreadConstraints"]
    assert {each["topologyKey"] for each in spread} == {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}
    assert all(each["matchLabelKeys"] == ["pod-template-hash"] for each in spread)


def test_a_priority_class_is_named_where_there_is_one() -> None:
    assert "priorityClassName" not in pod()
    assert pod(priority="models-live")["priorityClassName"] == "models-live"


def test_the_release_is_fetched_by_its_digest_before_the_server_starts() -> None:
    spec, release = pod(), release_spec("digits", "1")
    (fetch,) = spec["initContainers"]
    assert fetch["command"] == ["python3", "-m", "serving.fetch"]
    assert fetch["args"][fetch["args"].index("--sha256") + 1] == release["sha256"]
    assert fetch["args"][fetch["args"].index("--uri") + 1] == "file:///release/0"
    assert {"name": "fetch", "mountPath": "/release/0", "readOnly": True} in fetch["volumeMounts"]


def test_the_admin_key_stands_in_a_secret_and_in_no_manifest() -> None:
    found = server(pod())
    (variable,) = found["env"]
    assert variable["valueFrom"] == {"secretKeyRef": {"name": "triton-admin", "key": "key"}}
    assert [flag for flag in found["command"] if "x-slipway-admin=$(SLIPWAY_ADMIN_KEY)" in flag]


def test_images_that_a_node_has_are_not_pulled() -> None:
    assert server(pod())["imagePullPolicy"] == "IfNotPresent"
    assert replace(SITE, pull_policy="Never").pull_policy == "Never"
