"""What changed between two inputs, and whether that needs another object."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.kubernetes_stand_in.difference import changed, difference
from tests.support.kubernetes_stand_in.ignored_fields import steps
from tests.support.kubernetes_stand_in.rows import ROWS

_KEYS = st.text('abc./-_"\\[] ', min_size=1, max_size=6).filter(lambda key: not key.startswith("__"))
_LEAVES = st.one_of(st.booleans(), st.integers(), st.text(max_size=4), st.floats(allow_nan=False))
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=3))
)
_OBJECTS = st.dictionaries(_KEYS, _VALUES, max_size=4)


def _object(kind: str = "ConfigMap", api_version: str = "v1", **parts: Any) -> dict[str, Any]:
    metadata = {"name": "a", "namespace": "n", **parts.pop("metadata", {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **parts}


def _found(item: Any, path: str) -> Any:
    for step in steps(path):
        if isinstance(item, dict) and step not in item:
            return None
        item = item[step] if not isinstance(item, list) or int(step) < len(item) else None
    return item


@given(_OBJECTS)
def test_nothing_changes_between_an_object_and_itself(item: dict[str, Any]) -> None:
    assert list(changed("", item, item)) == []


@given(_OBJECTS, _OBJECTS)
def test_every_changed_path_leads_to_a_difference_and_none_is_forgotten(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    changes = list(changed("", old, new))
    assert bool(changes) == (repr(_typed(old)) != repr(_typed(new)))
    for change in changes:
        assert repr(_found(old, change.path)) != repr(_found(new, change.path)), change


def _typed(item: Any) -> Any:
    """A value whose repr is the same exactly when a struct would carry it the same."""
    if isinstance(item, dict):
        return {key: _typed(value) for key, value in sorted(item.items())}
    if isinstance(item, list):
        return [_typed(value) for value in item]
    return float(item) + 0.0 if isinstance(item, int | float) and not isinstance(item, bool) else item


def test_a_null_is_a_property_that_is_not_there() -> None:
    assert list(changed("", {"a": None}, {})) == []
    assert [change.kind for change in changed("", {"a": None}, {"a": 1})] == ["ADD"]


def test_paths_are_written_as_the_engine_writes_them() -> None:
    old = _object(metadata={"labels": {"a.b/c": "1"}}, spec={"ports": [{"port": 1}]})
    new = _object(metadata={"labels": {"a.b/c": "2"}}, spec={"ports": [{"port": 2}, {"port": 3}]})
    paths = {change.path: change.kind for change in changed("", old, new)}
    assert paths == {'metadata.labels["a.b/c"]': "UPDATE", "spec.ports[0].port": "UPDATE", "spec.ports[1]": "ADD"}


@pytest.mark.parametrize(("field", "value"), [("name", "b"), ("namespace", "m")])
def test_another_place_is_another_object_and_both_can_exist(field: str, value: str) -> None:
    found = difference(_object(), _object(metadata={field: value}), {})
    assert found.replaces == (f"metadata.{field}",)
    assert not found.delete_first


def test_another_version_of_a_group_is_the_same_object_and_another_group_is_not() -> None:
    old = _object("HorizontalPodAutoscaler", "autoscaling/v1")
    assert difference(old, {**old, "apiVersion": "autoscaling/v2"}, {}).replaces == ()
    assert difference(old, {**old, "apiVersion": "other/v1"}, {}).replaces == ("apiVersion",)


@pytest.mark.parametrize(
    ("kind", "api_version", "path"),
    [
        ("Deployment", "apps/v1", "spec.selector.matchLabels.a"),
        ("StatefulSet", "apps/v1", "spec.serviceName"),
        ("Job", "batch/v1", "spec.template.spec.restartPolicy"),
        ("Pod", "v1", "spec.restartPolicy"),
        ("Service", "v1", "spec.clusterIP"),
        ("Secret", "v1", "type"),
        ("PersistentVolumeClaim", "v1", "spec.storageClassName"),
        ("RoleBinding", "rbac.authorization.k8s.io/v1", "roleRef.name"),
        ("StorageClass", "storage.k8s.io/v1", "parameters.type"),
    ],
)
def test_what_cannot_change_in_place_replaces_and_the_old_one_of_that_name_goes_first(
    kind: str, api_version: str, path: str
) -> None:
    old, new = (_object(kind, api_version, **_nested(path, value)) for value in ("x", "y"))
    found = difference(old, new, {})
    assert found.replaces == (path,)
    assert found.delete_first, "two objects cannot have one name"


def _nested(path: str, value: str) -> dict[str, Any]:
    for name in reversed(path.split(".")):
        value = {name: value}  # type: ignore[assignment]
    return value  # type: ignore[return-value]


def test_a_generated_name_lets_the_new_object_come_first() -> None:
    generated = {"annotations": {"pulumi.com/autonamed": "true"}}
    old, new = (_object("Job", "batch/v1", metadata=generated, spec={"template": each}) for each in ("x", "y"))
    assert not difference(old, new, {}).delete_first


@pytest.mark.parametrize(
    ("kind", "setting"), [("ConfigMap", "enableConfigMapMutable"), ("Secret", "enableSecretMutable")]
)
def test_data_changes_in_place_only_where_the_provider_is_told_so_and_the_object_is_not_immutable(
    kind: str, setting: str
) -> None:
    old, new = (_object(kind, data={"a": each}) for each in "xy")
    assert difference(old, new, {}).replaces == ("data.a",)
    assert difference(old, new, {setting: "true"}).replaces == ()
    frozen = {"immutable": True}
    assert difference({**old, **frozen}, {**new, **frozen}, {setting: "true"}).replaces == ("data.a",)


def test_another_type_of_secret_is_another_secret_whatever_the_provider_was_told() -> None:
    old, new = (_object("Secret", type=each) for each in ("Opaque", "kubernetes.io/tls"))
    assert difference(old, new, {"enableSecretMutable": "true"}).replaces == ("type",)


def test_a_custom_resource_changes_in_place() -> None:
    old, new = (_object("HTTPRoute", "gateway.networking.k8s.io/v1", spec={"rules": [each]}) for each in "xy")
    assert difference(old, new, {}).replaces == ()


def test_every_row_names_a_group_and_a_kind() -> None:
    assert all(key.count("/") == 1 and key.rpartition("/")[2][0].isupper() for key in ROWS)
