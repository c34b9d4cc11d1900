import json
import tomllib
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from tests.cluster import layout as names
from tests.cluster.addons import coredns, gateway_values
from tests.cluster.control_plane import (
    StorePorts,
    api_server_command,
    controllers_command,
    scheduler_command,
    store_command,
)
from tests.cluster.layout import Layout
from tests.cluster.node import (
    containerd_command,
    containerd_settings,
    kubelet_command,
    kubelet_settings,
    network_settings,
    policy_agent_command,
    proxy_command,
)
from tests.cluster.traces import is_own

LAYOUT = Layout(Path("/srv/checkout/.slipway/cluster"))
PROGRAMS = Path("/cache/programs")
PORTS = StorePorts(2379, 2380)
COMMANDS = [
    store_command(LAYOUT, PORTS),
    api_server_command(PROGRAMS, LAYOUT, PORTS, names.NODE_ADDRESS, names.API_PORT),
    controllers_command(PROGRAMS, LAYOUT),
    scheduler_command(PROGRAMS, LAYOUT),
    containerd_command(LAYOUT),
    kubelet_command(PROGRAMS, LAYOUT),
    proxy_command(PROGRAMS, LAYOUT),
    policy_agent_command(PROGRAMS, LAYOUT),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: Path(command[0]).name)
def test_every_process_that_is_started_is_recognised_when_it_is_left_over(command: list[str]) -> None:
    assert is_own(command, LAYOUT.root), "the way down would not find it"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: Path(command[0]).name)
def test_no_process_listens_on_an_address_that_others_reach(command: list[str]) -> None:
    words = [word for word in command if "address" in word or "urls" in word]
    addresses = {word.rpartition("=")[2].removeprefix("http://").partition(":")[0] for word in words}
    assert addresses <= {"127.0.0.1", names.NODE_ADDRESS, "InternalIP"}


def test_containerd_keeps_everything_below_its_own_folder() -> None:
    settings = tomllib.loads(containerd_settings(LAYOUT, "localhost/slipway/pause:1"))
    places = [settings["root"], settings["state"], settings["grpc"]["address"]]
    assert all(Path(place).is_relative_to(LAYOUT.root) for place in places)
    pods = settings["plugins"]["io.containerd.grpc.v1.cri"]
    assert pods["netns_mounts_under_state_dir"], "network namespaces would lie where every container engine has them"
    assert pods["sandbox_image"] == "localhost/slipway/pause:1"


def test_the_kubelet_answers_nobody_unknown_and_throws_no_image_away() -> None:
    settings = json.loads(kubelet_settings(LAYOUT))
    assert settings["authentication"]["anonymous"] == {"enabled": False}
    assert settings["authorization"] == {"mode": "Webhook"}
    assert settings["imageGCHighThresholdPercent"] == 100
    assert settings["containerRuntimeEndpoint"] == f"unix://{LAYOUT.containerd_socket}"


def test_packets_between_pods_pass_on_a_machine_that_forwards_nothing() -> None:
    plugins = json.loads(network_settings(LAYOUT))["plugins"]
    assert [plugin["type"] for plugin in plugins] == ["bridge", "portmap", "firewall"]
    assert plugins[0]["bridge"] == names.POD_LINK


def test_no_address_is_given_twice() -> None:
    pods, services = ip_network(names.POD_RANGE), ip_network(names.SERVICE_RANGE)
    assert not pods.overlaps(services)
    assert all(ip_address(names.NODE_ADDRESS) not in network for network in (pods, services))
    assert {ip_address(names.DNS_ADDRESS), ip_address(names.API_SERVICE_ADDRESS)} <= set(services)


@pytest.mark.parametrize("link", [names.NODE_LINK, names.POD_LINK])
def test_the_kernel_takes_the_name_of_each_link(link: str) -> None:
    assert len(link) <= 15, "https://elixir.bootlin.com/linux/latest/source/include/uapi/linux/if.h: IFNAMSIZ"


def test_images_are_named_where_the_addons_look_for_them() -> None:
    assert "image: localhost/slipway/coredns@sha256:1" in coredns("localhost/slipway/coredns@sha256:1")
    images = json.dumps(gateway_values("the-controller", "the-proxy"))
    assert '"image": "the-controller"' in images
    assert '"image": "the-proxy"' in images
