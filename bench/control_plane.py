"""What a stack asks of a cluster as it grows: time and requests of an `up`, and how soon the pods are placed.

Runs against the real control plane of `make cluster-up`, with nodes that exist on paper: whatever lands there is ready
at once, and gates and shifts pass. So the figures hold program, engine, provider, API server, controllers and
scheduler, and no model server.

    python -m bench.control_plane [--models 1 10 50] [--placed 1000]
"""

import argparse
import json
import math
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.scale import program
from components.kubernetes.document import Document
from tests.cluster.binaries import HYPERKUBE, built
from tests.cluster.fake_nodes import FakeNode, fake_nodes
from tests.cluster.kubectl import Kubectl
from tests.support.chosen_cluster import cluster_kubeconfig
from tests.support.cluster_examples import SITE, documents, model_spec, recorded
from tests.support.engine import Engine
from tests.support.kubernetes_stand_in.official import which_provider
from tests.support.kubernetes_stand_in.server import serving

PODS_A_NODE = 110
LIMIT_SECONDS = 1800
LOOK_SECONDS = 1
TEMPLATE = "to-be-copied"
"""The model whose objects the placed ones are copies of; a word that stands nowhere else in them."""
CAPACITY = {"cpu": "64", "memory": "256Gi", "pods": str(PODS_A_NODE)}
WRITES, READS = ("POST", "PUT", "PATCH", "APPLY", "DELETE"), ("GET", "LIST")
_REQUESTS = re.compile(r'^apiserver_request_total\{.*\bverb="(\w+)".*\} (\S+)$', re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One `up` of a new stack.

    Attributes:
        models: How many, each with two slots, two gates and a shift.
        objects: How many were made in the cluster.
        seconds: From start to end of the command.
        requests: What the API server was asked meanwhile by everybody, by verb.
    """

    models: int
    objects: int
    seconds: float
    requests: Counter[str]


def measure(directory: Path, models: int, kubeconfig: Path, kubectl: Kubectl) -> Measure:
    """Bring a new stack up, and take it down."""
    with serving() as provider:
        engine = Engine(directory, provider, program(models, kubeconfig))
        before, start = requests(kubectl), time.perf_counter()
        try:
            engine.run("up", "--yes", "--skip-preview", "--suppress-progress", limit_seconds=LIMIT_SECONDS)
            seconds, after = time.perf_counter() - start, requests(kubectl)
            objects = len(engine.resources())
        finally:
            engine.run("destroy", "--yes", "--skip-preview", "--suppress-progress", limit_seconds=LIMIT_SECONDS)
    return Measure(models=models, objects=objects, seconds=seconds, requests=after - before)


def requests(kubectl: Kubectl) -> Counter[str]:
    """Return how often the API server was asked what since it started."""
    found: Counter[str] = Counter()
    for verb, count in _REQUESTS.findall(kubectl("get", "--raw=/metrics")):
        found[verb] += int(float(count))
    return found


def place(models: int, kubectl: Kubectl) -> tuple[int, float]:
    """Make the Deployments of many models; return how many pods they have, and the seconds until all are ready.

    Raises:
        TimeoutError: Some are not ready in time, so there is no figure.
    """
    items = [copy for number in range(models) for copy in copies(number)]
    pods = sum(item["spec"]["replicas"] for item in items if item["kind"] == "Deployment")
    kubectl("create", "namespace", SITE.namespace)
    try:
        start = time.perf_counter()
        kubectl("create", "--filename=-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        while (found := ready(kubectl)) < pods:
            if time.perf_counter() - start > LIMIT_SECONDS:
                raise TimeoutError(f"only {found} of {pods} pods were ready after {LIMIT_SECONDS} s")
            time.sleep(LOOK_SECONDS)
        return pods, time.perf_counter() - start
    finally:
        kubectl("delete", "namespace", SITE.namespace)


def copies(number: int) -> Iterator[Document]:
    """Yield what has to be there for the pods of one more model."""
    for item in json.loads(template().replace(TEMPLATE, f"m{number}")):
        if item["kind"] in {"ServiceAccount", "Deployment"}:
            yield item


@cache
def template() -> str:
    """Return the objects of a stack with one model as text."""
    slots = model_spec()["slots"]
    return json.dumps(documents(recorded(model_spec(TEMPLATE, slots=slots))))


def ready(kubectl: Kubectl) -> int:
    """Return how many pods of models run."""
    counts = kubectl(
        "get", "deployments", f"--namespace={SITE.namespace}", "--output=jsonpath={.items[*].status.readyReplicas}"
    )
    return sum(map(int, counts.split()))


def table(measures: list[Measure]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        "| models | objects | seconds | writes | reads | requests per object |",
        "|--:|--:|--:|--:|--:|--:|",
    ]
    for each in measures:
        writes = sum(each.requests[verb] for verb in WRITES)
        reads = sum(each.requests[verb] for verb in READS)
        rate = (writes + reads) / each.objects
        lines.append(f"| {each.models} | {each.objects} | {each.seconds:.0f} | {writes:,} | {reads:,} | {rate:.0f} |")
    return "\n".join(lines)


def main() -> int:
    """Measure, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, nargs="*", default=[1, 10, 50], help="stacks to bring up")
    parser.add_argument(
        "--placed", type=int, default=1000, help="models whose pods are placed without a stack; 0 for none"
    )
    options = parser.parse_args()
    print(which_provider(os.environ))
    kubeconfig = cluster_kubeconfig()
    kubectl = Kubectl(built(HYPERKUBE) / "kubectl", kubeconfig)
    measures = []
    with on_paper(kubeconfig, kubectl, max([*options.models, options.placed])):
        for count in options.models:
            with tempfile.TemporaryDirectory() as directory:
                measures.append(measure(Path(directory), count, kubeconfig, kubectl))
            print(table(measures[-1:]).splitlines()[-1], flush=True)
        print(table(measures))
        if options.placed:
            pods, seconds = place(options.placed, kubectl)
            print(f"{options.placed} models: {pods} pods ready in {seconds:.0f} s, {pods / seconds:.0f} a second")
    return 0


@contextmanager
def on_paper(kubeconfig: Path, kubectl: Kubectl, models: int) -> Iterator[None]:
    """Let new pods land on nodes that exist on paper, as many as the pods of so many models need, and on no other."""
    nodes = json.loads(kubectl("get", "nodes", "--output=json"))["items"]
    # One that is closed already is somebody's decision and stays so.
    open_ones = [node["metadata"]["name"] for node in nodes if not node["spec"].get("unschedulable")]
    # Two slots of two pods each, and a tenth more for gates, shifts, and pods on their way out.
    count = math.ceil(models * 4 * 1.1 / PODS_A_NODE)
    with ExitStack() as undo:
        if open_ones:
            undo.callback(kubectl, "uncordon", *open_ones)
            kubectl("cordon", *open_ones)
        paper = [FakeNode(name=f"paper-{number}", capacity=CAPACITY) for number in range(count)]
        undo.enter_context(fake_nodes(kubeconfig, paper))
        yield


if __name__ == "__main__":
    sys.exit(main())
