"""A chart rendered by the real helm, as objects. Hooks are left out, as pulumi-kubernetes leaves them out."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.support.kubernetes_stand_in.api_error import ApiError
from tests.support.kubernetes_stand_in.cluster import Cluster, Object

PROGRAM = "SLIPWAY_HELM"
"""Variable that names the helm to use; by default the one on PATH."""
_UNSUPPORTED = ("verify", "keyring", "postRenderer", "devel", "plainHttp")
_SECONDS = 300


def rendered(inputs: Mapping[str, Any], release: str, namespace: str, cluster: Cluster | None) -> list[Object]:
    """The objects of a chart.

    Args:
        inputs: Inputs of a `helm.sh/v4:Chart`.
        release: Name of the release where the inputs have none.
        namespace: Where it goes when the inputs do not say.
        cluster: Whose version and APIs the templates see.

    Raises:
        ApiError: There is no helm, helm refuses, or an input is not supported.
    """
    if asked := [name for name in _UNSUPPORTED if inputs.get(name)]:
        raise ApiError(0, f"the stand-in for kubernetes renders no chart with {', '.join(asked)}")
    with tempfile.TemporaryDirectory() as folder:
        command = [_helm(), "template", str(inputs.get("name") or release), str(inputs["chart"])]
        command += ["--namespace", str(inputs.get("namespace") or namespace), "--no-hooks"]
        command += [] if inputs.get("skipCrds") else ["--include-crds"]
        command += [*_source(inputs), *_capabilities(cluster), *_values(inputs, Path(folder))]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode:
        raise ApiError(0, f"helm cannot render {inputs['chart']}: {done.stderr.strip()}")
    return list(objects(done.stdout))


def objects(text: str) -> Iterator[Object]:
    """The objects of a YAML text, lists taken apart."""
    for document in yaml.load_all(text, Loader=_LOADER):
        if document and str(document.get("kind", "")).endswith("List") and "items" in document:
            yield from document["items"]
        elif document:
            yield document


# YAML as Kubernetes reads it: dates stay text.
_RESOLVERS = {
    first: [each for each in found if each[0] != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_LOADER = type("_Loader", (yaml.CSafeLoader,), {"yaml_implicit_resolvers": _RESOLVERS})


def _helm() -> str:
    found = shutil.which(os.environ.get(PROGRAM, "helm"))
    if found is None:
        raise ApiError(0, f"there is no helm to render the chart with; put it on PATH or name it in {PROGRAM}")
    return found


def _source(inputs: Mapping[str, Any]) -> Iterator[str]:
    repository = inputs.get("repositoryOpts") or {}
    names = {"repo": "--repo", "username": "--username", "password": "--password", "caFile": "--ca-file"}
    for name, option in names.items():
        if repository.get(name):
            yield from (option, str(repository[name]))
    if inputs.get("version"):
        yield from ("--version", str(inputs["version"]))
    if inputs.get("dependencyUpdate"):
        yield "--dependency-update"


def _capabilities(cluster: Cluster | None) -> Iterator[str]:
    if cluster is not None:
        yield from ("--kube-version", cluster.version())
        for version in cluster.api_versions():
            yield from ("--api-versions", version)


def _values(inputs: Mapping[str, Any], folder: Path) -> Iterator[str]:
    texts = [_asset(each) for each in inputs.get("valueYamlFiles") or []]
    for index, text in enumerate([*texts, json.dumps(inputs.get("values") or {})]):
        path = folder / f"values-{index}.yaml"
        path.write_text(text)
        yield from ("--values", str(path))


def _asset(asset: Mapping[str, Any]) -> str:
    return str(asset["text"]) if asset.get("text") else Path(asset["path"]).read_text()
