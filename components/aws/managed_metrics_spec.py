"""How long managed metrics stay, and who writes them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

RETENTION_DAYS = range(1, 1096)
"""https://docs.aws.amazon.com/prometheus/latest/userguide/AMP_quotas.html"""


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


def metrics_problems(spec: ManagedMetricsSpec) -> Iterator[str]:
    """Yield every sentence about what is wrong with managed metrics."""
    if spec.retention_days not in RETENTION_DAYS:
        yield f"metrics.retention_days is {spec.retention_days}; allowed are 1 to {RETENTION_DAYS[-1]}."
    for label, values in spec.max_series.items():
        for value, series in values.items():
            if series < 1:
                yield f"metrics.max_series.{label}.{value} is {series}; give at least 1, or leave it out."
