"""How long managed metrics stay, and who writes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class ManagedMetricsSpec:
    """How long metrics stay, and how many series each label set may have.

    Args:
        retention_days: 1 to 1095.
        max_series: label → value → the most active series with it.
        namespace: of the Prometheus that writes.
        service_account: of the Prometheus that writes.
    """

    retention_days: int = 150
    max_series: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    namespace: str = "monitoring"
    service_account: str = "prometheus"
