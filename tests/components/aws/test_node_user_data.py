import base64
import email
import json
import tomllib
from typing import Any

from components.aws.image_cache_plan import NoCache, SociParallelPull
from components.aws.node_user_data import encoded, user_data

TUNED = SociParallelPull(downloads=8, unpacks=4, chunk="32mb")


def bottlerocket(*arguments: Any) -> dict[str, Any]:
    """The settings that Bottlerocket reads from the user data."""
    settings: dict[str, Any] = tomllib.loads(user_data("bottlerocket", *arguments) or "")
    return settings


def test_parallel_pull_stands_where_bottlerocket_looks_for_it_and_nothing_stands_elsewhere() -> None:
    assert bottlerocket(TUNED) == {
        "settings": {
            "container-runtime": {"snapshotter": "soci"},
            "container-runtime-plugins": {
                "soci-snapshotter": {
                    "pull-mode": "parallel-pull-unpack",
                    "parallel-pull-unpack": {
                        "max-concurrent-downloads-per-image": 8,
                        "concurrent-download-chunk-size": "32mb",
                        "max-concurrent-unpacks-per-image": 4,
                        "discard-unpacked-layers": True,
                    },
                }
            },
        }
    }, "a node whose settings have an unknown key does not join the cluster"


def test_bottlerocket_s_own_device_plugin_is_told_how_pods_share_a_gpu() -> None:
    both = bottlerocket(TUNED, ("time_slicing", 4))["settings"]
    assert both["kubelet-device-plugins"] == {
        "nvidia": {"device-sharing-strategy": "time-slicing", "time-slicing": {"replicas": 4}}
    }
    assert both["container-runtime"] == {"snapshotter": "soci"}
    assert bottlerocket(NoCache(), ("mps", 2))["settings"].keys() == {"kubelet-device-plugins"}


def test_al2023_gets_a_node_config_and_a_script_that_tunes_the_snapshotter_before_it_starts() -> None:
    message = email.message_from_string(user_data("al2023", TUNED) or "")
    parts = {part.get_content_type(): str(part.get_payload()) for part in message.walk() if not part.is_multipart()}
    assert parts.keys() == {"application/node.eks.aws", "text/x-shellscript"}
    assert json.loads(parts["application/node.eks.aws"])["spec"] == {"featureGates": {"FastImagePull": True}}
    script = parts["text/x-shellscript"]
    assert script.startswith("#!")
    for setting in (
        "max_concurrent_downloads_per_image = 8",
        "max_concurrent_unpacks_per_image = 4",
        'concurrent_download_chunk_size = "32mb"',
    ):
        assert setting in script


def test_a_node_image_that_needs_nothing_gets_nothing() -> None:
    assert user_data("al2023", NoCache()) is None
    assert user_data("bottlerocket", NoCache()) is None
    assert encoded(None) is None
    assert base64.b64decode(encoded("a") or "") == b"a"
