"""The whole cloud of a stack, as plain descriptions: what settings give and the component takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.aws.alert_spec import AlertSpec
from components.aws.artifact_store_spec import ArtifactStoreSpec
from components.aws.aws_site import Site
from components.aws.budget_spec import BudgetSpec
from components.aws.cluster_spec import ClusterSpec
from components.aws.cost_model import DEV_USAGE, Usage, monthly_estimate, total
from components.aws.edge_spec import EdgeSpec
from components.aws.gpu_pool_spec import GpuPool
from components.aws.managed_metrics_spec import ManagedMetricsSpec
from components.aws.network_spec import NetworkSpec
from components.aws.node_pool_plan import ceiling_problems
from components.aws.registry_spec import RegistrySpec
from components.aws.rules import require


@dataclass(frozen=True, kw_only=True)
class AwsPlatformArgs:
    """The whole cloud of a stack, as plain descriptions.

    Args:
        site: where it stands and whose it is.
        deploy_roles: ARNs of the roles that push images and releases.
        usage: what the estimate assumes about a month.
        edge: None leaves the models reachable inside the network only.
        alerts: None tells nobody.
        metrics: None keeps metrics in the cluster only.

    Raises:
        ConfigurationError: pools could cost far more than the budget allows.
    """

    site: Site
    network: NetworkSpec
    cluster: ClusterSpec
    node_pools: Mapping[str, GpuPool]
    registry: RegistrySpec
    artifact_store: ArtifactStoreSpec
    budget: BudgetSpec
    edge: EdgeSpec | None = None
    alerts: AlertSpec | None = None
    metrics: ManagedMetricsSpec | None = None
    deploy_roles: tuple[str, ...] = ()
    usage: Usage = field(default_factory=lambda: DEV_USAGE)

    def __post_init__(self) -> None:
        pools, zones, budget = self.node_pools, self.network.zones, self.budget
        require(ceiling_problems(pools, zones, budget.monthly_usd, accept_ceiling=budget.accept_ceiling))

    @property
    def estimate_usd_per_month(self) -> float:
        """What an ordinary month costs."""
        lines = monthly_estimate(
            self.network, self.cluster, self.node_pools, self.usage, has_edge=self.edge is not None
        )
        return total(lines)
