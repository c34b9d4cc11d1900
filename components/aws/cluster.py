"""An EKS cluster that can take work: control plane, access, add-ons and system nodes, in the order that they need.

Order: key, log group, role → control plane → access → add-ons that nodes need → system nodes → the other add-ons.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import eks

from components.aws.addon_plan import Phase
from components.aws.addons import Addons, AddonsArgs
from components.aws.aws_site import Site
from components.aws.cluster_access import ClusterAccess, ClusterAccessArgs
from components.aws.cluster_spec import ClusterSpec, cluster_name, cluster_problems
from components.aws.control_plane import ControlPlane, ControlPlaneArgs
from components.aws.kubeconfig import kubeconfig
from components.aws.network import Network
from components.aws.node_role import NodeRole, NodeRoleArgs
from components.aws.pod_identity import ServiceAccount
from components.aws.rules import require
from components.aws.system_nodes import SystemNodes, SystemNodesArgs


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """Which cluster, in which network.

    Args:
        cache_prefixes: prefixes of the registry that nodes may fill by pulling.

    Raises:
        ConfigurationError: the spec breaks a rule; the message lists every one.
    """

    site: Site
    network: Network
    spec: ClusterSpec
    cache_prefixes: Sequence[str] = ()

    def __post_init__(self) -> None:
        require(cluster_problems(self.spec, production=self.site.protect))


class Cluster(pulumi.ComponentResource):
    """A cluster with its system nodes.

    Produces:
        ControlPlane, ClusterAccess, two sets of Addons, NodeRole, SystemNodes.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    certificate_authority: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    client_security_group_id: pulumi.Output[str]
    node_role_arn: pulumi.Output[str]
    node_instance_profile_name: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the cluster from the control plane outwards."""
        super().__init__("slipway:aws:Cluster", name, None, opts)
        self._name, self._args = name, args
        self.cluster_name = cluster_name(args.site.tags.stack, args.spec.name_suffix)
        self.kubernetes_version = args.spec.kubernetes_version
        self.cluster_arn = args.site.arn("eks", f"cluster/{self.cluster_name}")
        child = pulumi.ResourceOptions(parent=self)
        plane = ControlPlane(
            f"{name}-control-plane",
            ControlPlaneArgs(site=args.site, network=args.network, spec=args.spec, cluster_name=self.cluster_name),
            child,
        )
        self.resource = plane.cluster
        access = ClusterAccessArgs(site=args.site, cluster=plane.cluster, spec=args.spec)
        ClusterAccess(f"{name}-access", access, child)
        first = self._addons("before_nodes", plane)
        roles = NodeRoleArgs(site=args.site, cache_prefixes=args.cache_prefixes)
        self.node_role = NodeRole(f"{name}-node", roles, child)
        self.nodes = self._system_nodes(first.addons)
        self.addons = self._addons("after_nodes", plane, self.nodes.groups)
        self.network_addons = first.addons
        self._publish(plane)

    def service_account(self, namespace: str, name: str) -> ServiceAccount:
        """Return a service account of this cluster, as a role is given to it."""
        return ServiceAccount(cluster=self.cluster_name, cluster_name=self.name, namespace=namespace, name=name)

    def _publish(self, plane: ControlPlane) -> None:
        resource = self.resource
        self.name, self.arn, self.endpoint = resource.name, resource.arn, resource.endpoint
        self.certificate_authority = resource.certificate_authority.apply(lambda authority: authority.data or "")
        self.security_group_id = plane.security_group_id
        self.client_security_group_id = plane.client_security_group_id
        self.node_role_arn = self.node_role.role_arn
        self.node_instance_profile_name = self.node_role.instance_profile_name
        self.kubeconfig = pulumi.Output.secret(
            pulumi.Output.all(self.name, self.endpoint, self.certificate_authority).apply(
                lambda known: kubeconfig(
                    name=known[0], endpoint=known[1], certificate_authority=known[2], region=self._args.site.region
                )
            )
        )
        self.register_outputs({key: getattr(self, key) for key in Cluster.__annotations__})

    def _addons(self, phase: Phase, plane: ControlPlane, after: Sequence[eks.NodeGroup] = ()) -> Addons:
        args = AddonsArgs(
            site=self._args.site,
            cluster=plane.cluster,
            cluster_arn=self.cluster_arn,
            key_arn=plane.key_arn,
            spec=self._args.spec,
            phase=phase,
            after=after,
        )
        name = f"{self._name}-addons" if phase == "after_nodes" else f"{self._name}-network-addons"
        return Addons(name, args, pulumi.ResourceOptions(parent=self))

    def _system_nodes(self, after: Sequence[eks.Addon]) -> SystemNodes:
        args = SystemNodesArgs(
            site=self._args.site,
            cluster=self.resource,
            kubernetes_version=self.kubernetes_version,
            node_role=self.node_role,
            subnets=self._args.network.private_subnets,
            spec=self._args.spec.system_nodes,
            after=after,
        )
        return SystemNodes(f"{self._name}-system", args, pulumi.ResourceOptions(parent=self))
