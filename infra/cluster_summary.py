"""What `make up` ends with on a cluster: what runs, how it is reached from outside, a call and its real answer.

The gateway of most stacks is reached from inside only. The answer comes through the API server, as `kubectl
port-forward` does; where that is not allowed nobody was asked, and that is what is said.
"""

import json
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from components.kubernetes.cluster_site import HTTP_PORT, HTTPS_PORT, Site
from components.kubernetes.gateway_call import ask_gateway
from components.kubernetes.object_names import slot_name
from components.kubernetes.stack_view import look
from components.kubernetes.status import stack_status
from components.local.stack_dir import StackDir
from components.local.supervision import write_private
from infra.cluster_stack import site
from infra.cluster_view import entered
from infra.kubernetes_settings import ClusterOfStack, KubernetesPlatform
from infra.releases import PlannedRelease, cluster_releases
from infra.settings import ClusterSettings
from infra.stack_settings import cluster_settings_of
from serving.gateway_names import KEY_HEADER, ORIGIN_HEADER
from serving.probe import Probe

FORWARDED_PORT = 8080
"""Of the machine that forwards it."""
ORIGIN_OUTPUT = "origin_secret"
"""Of a cloud whose edge has a firewall."""
NOT_ASKED = "not asked: the API server does not lead to the gateway from here"


class Call(NamedTuple):
    """A call that can be made: which model, whose key, what is sent."""

    model: str
    client: str
    request: dict[str, Any]

    @property
    def path(self) -> str:
        """Of the gateway."""
        return f"/v2/models/{self.model}/infer"


def summarise(stack: str) -> int:
    """Print the summary of a stack that is up; return 1 when its model was asked and did not answer.

    Raises:
        ConfigurationError: The cluster does not answer, is another one, or has no such stack.
    """
    settings = cluster_settings_of(stack)
    place, client = site(stack, settings.platform, settings.gateway), entered(settings.platform, stack)
    print("", stack_status(look(client, place), sorted(settings.models)).text(), sep="\n")
    print("", *reached(place, settings.platform), sep="\n")
    draining = settings.platform.lifecycle == "drain"
    call, answer = None if draining else example(settings), None
    if call:
        write_private(StackDir.at(Path(".slipway") / stack).samples / f"{call.model}.json", json.dumps(call.request))
        shown = {KEY_HEADER: (f"api_key_{call.client}", stack), **origin_output(settings.platform)}
        headers = {name: _output(*each) for name, each in shown.items()}
        if not headers.get(ORIGIN_HEADER, "-"):
            # The cloud has no firewall.
            del shown[ORIGIN_HEADER], headers[ORIGIN_HEADER]
        answer = ask_gateway(client, place, call.path, call.request, headers)
        print(*asked(stack, call, shown, answer), sep="\n")
    print("", *next_steps(stack, settings, place, call.model if call else min(settings.models)), sep="\n")
    return 0 if answer is None or '"outputs"' in answer else 1


def example(settings: ClusterSettings) -> Call | None:
    """Return a call with a golden row of a live release that can be read here, by a client that may; None without."""
    releases = cluster_releases(settings, Path.cwd())
    for model, entry in sorted(settings.models.items()):
        live = releases[model][entry.live]
        clients = [name for name, client in sorted(settings.gateway.clients.items()) if model in client.models]
        if isinstance(live, PlannedRelease) and clients:
            return Call(model, clients[0], dict(Probe.of(live.release).request))
    return None


def reached(place: Site, platform: KubernetesPlatform) -> Iterator[str]:
    """Yield the lines that say where the gateway is, from inside and from outside of the cluster."""
    yield f"Gateway   {place.gateway_url} (inside the cluster)"
    if platform.gateway_service != "ClusterIP":
        kind = f"{platform.gateway_service}, port {HTTPS_PORT}"
        yield f"Outside   pulumi stack output gateway_address --stack {place.stack} ({kind})"
    yield (
        f"Forward   {kubectl(platform)} port-forward --namespace {place.gateway_namespace} "
        f"service/{place.inside_service} {FORWARDED_PORT}:{HTTP_PORT}"
    )


def kubectl(platform: KubernetesPlatform) -> str:
    """Return kubectl as it enters the stack's cluster."""
    cluster = platform.cluster
    if isinstance(cluster, ClusterOfStack):
        return f"kubectl --kubeconfig <(pulumi stack output kubeconfig --show-secrets --stack {cluster.stack})"
    # A shell expands ~ only where it stands unquoted at the beginning of a word.
    words = ["kubectl", "--kubeconfig", str(Path(cluster.kubeconfig).expanduser())]
    return shlex.join([*words, *(["--context", cluster.context] if cluster.context else [])])


def origin_output(platform: KubernetesPlatform) -> dict[str, tuple[str, str]]:
    """Return the header that a firewall in front would send, and where its value is if there is a firewall."""
    cluster = platform.cluster
    return {ORIGIN_HEADER: (ORIGIN_OUTPUT, cluster.stack)} if isinstance(cluster, ClusterOfStack) else {}


def asked(stack: str, call: Call, headers: Mapping[str, tuple[str, str]], answer: str | None) -> Iterator[str]:
    """Yield the lines of a call and of its answer; secrets are looked up when it runs and never printed.

    Args:
        stack: The stack's name.
        call: What is asked.
        headers: Header → the output that has its value, and the stack that has the output.
        answer: What the gateway said; None where nobody could ask it.
    """
    secrets = " ".join(
        f'-H "{header}: $(pulumi stack output {output} --show-secrets --stack {whose})"'
        for header, (output, whose) in headers.items()
    )
    yield "Call it   source .slipway/env, and while the line above forwards:"
    yield (
        f"          curl -s {secrets} -H content-type:application/json "
        f"-d @.slipway/{stack}/samples/{call.model}.json http://127.0.0.1:{FORWARDED_PORT}{call.path}"
    )
    yield f"Answer    {NOT_ASKED if answer is None else answer}"


def next_steps(stack: str, settings: ClusterSettings, place: Site, model: str) -> Iterator[str]:
    """Yield the lines that say where to look next."""
    if settings.platform.lifecycle == "drain":
        yield f"Drained, so it serves nothing any more. Take it down: make down STACK={stack}"
        return
    live = slot_name(model, settings.models[model].live)
    logs = f"{kubectl(settings.platform)} logs --namespace {place.namespace} deployment/{live}"
    yield f"Look      make status STACK={stack} · {logs}"
    yield f"Release   make release MODEL={model} RELEASE=releases/{model}/2 STACK={stack}, then make up STACK={stack}"
    yield f"Roll back make rollback MODEL={model} STACK={stack}, then make up STACK={stack}"
    yield f"Take down make drain STACK={stack}, then make down STACK={stack}"


def _output(name: str, stack: str) -> str:
    show = ["pulumi", "stack", "output", name, "--show-secrets", "--stack", stack]
    return subprocess.run(show, capture_output=True, text=True, check=False).stdout.strip()
