"""Pods that answer together stand apart: on other nodes, and in other zones, where there are any.

Source: https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
"""

from collections.abc import Mapping

from components.kubernetes.document import Document

APART = ("kubernetes.io/hostname", "topology.kubernetes.io/zone")


def spread(labels: Mapping[str, str]) -> list[Document]:
    """Return the constraints of pods with these labels; those of another template do not count."""
    return [
        {
            "topologyKey": key,
            "maxSkew": 1,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": dict(labels)},
            "matchLabelKeys": ["pod-template-hash"],
        }
        for key in APART
    ]
