import json
from dataclasses import replace
from typing import Any

import pytest

from components.aws.addon_plan import ADDONS, of_phase
from components.aws.aws_site import Site
from components.aws.cluster import ClusterArgs
from components.aws.cluster_spec import PublicApi
from serving.errors import ConfigurationError
from tests.support.aws_examples import CLUSTER, DEV, DEV_CLUSTER, PROD, make_cluster, make_network
from tests.support.recording import Graph, Resource, reaches, reaches_all, record


def cluster(site: Site = PROD, spec: object = CLUSTER) -> Graph:
    return record(lambda: make_cluster("c", site, make_network("net", site), spec))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def graph() -> Graph:
    return cluster()


def addon(graph: Graph, name: str) -> Resource:
    return next(found for found in graph.of("Addon") if found.inputs["addonName"] == name)


def test_the_api_is_private_and_admits_by_entries_only(graph: Graph) -> None:
    found = graph.one("Cluster", "c-control-plane").inputs
    assert found["vpcConfig"]["endpointPrivateAccess"]
    assert not found["vpcConfig"]["endpointPublicAccess"]
    assert found["accessConfig"] == {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}
    assert "controlPlaneEgressMode" not in found["vpcConfig"]


def test_a_public_api_answers_the_listed_ranges_only() -> None:
    found = cluster(DEV, DEV_CLUSTER).one("Cluster", "c-control-plane").inputs["vpcConfig"]
    assert found["publicAccessCidrs"] == ["203.0.113.0/24"]


def test_a_range_for_everyone_is_refused_before_any_resource() -> None:
    spec = replace(DEV_CLUSTER, api=PublicApi(allowed_cidrs=("0.0.0.0/0",)))

    def program() -> None:
        ClusterArgs(site=DEV, network=make_network("net", DEV), spec=spec)

    with pytest.raises(ConfigurationError, match="opens the Kubernetes API to everyone"):
        record(program)


def test_secrets_and_logs_are_encrypted_with_a_key_that_rotates_and_stays(graph: Graph) -> None:
    key = graph.one("Key")
    assert key.inputs["enableKeyRotation"]
    assert key.inputs["deletionWindowInDays"] == 30
    assert key.protect
    assert graph.one("Cluster", "c-control-plane").inputs["encryptionConfig"]["resources"] == ["secrets"]
    assert graph.one("LogGroup").inputs["kmsKeyId"].endswith("c-control-plane-key")


def test_the_log_group_has_the_clusters_name_and_comes_before_it(graph: Graph) -> None:
    group, control_plane = graph.one("LogGroup"), graph.one("Cluster", "c-control-plane")
    assert group.inputs["name"] == f"/aws/eks/{control_plane.inputs['name']}/cluster"
    assert reaches(graph, control_plane, group)
    assert not reaches(graph, group, control_plane)


def test_the_cluster_waits_for_its_roles_policy_and_its_subnets(graph: Graph) -> None:
    control_plane = graph.one("Cluster", "c-control-plane")
    assert reaches(graph, control_plane, graph.named("c-control-plane-role-AmazonEKSClusterPolicy"))
    intra = sorted((s for s in graph.of("Subnet") if "intra" in s.name), key=lambda subnet: subnet.name)
    assert reaches_all(graph, control_plane, intra[:2])
    assert control_plane.timeouts == {"create": "40m", "delete": "30m"}


def test_the_physical_name_ends_in_the_suffix(graph: Graph) -> None:
    assert graph.one("Cluster", "c-control-plane").inputs["name"] == "slipway-prod-cloud-4f2a"


def test_each_role_enters_with_one_policy(graph: Graph) -> None:
    given = {
        a.inputs["policyArn"].rpartition("/")[2]: a.inputs["accessScope"] for a in graph.of("AccessPolicyAssociation")
    }
    assert given == {
        "AmazonEKSClusterAdminPolicy": {"type": "cluster"},
        "AmazonEKSAdminViewPolicy": {"type": "cluster"},
        "AmazonEKSEditPolicy": {"type": "namespace", "namespaces": ["digits"]},
    }
    assert all(reaches(graph, entry, graph.named("c-control-plane")) for entry in graph.of("AccessEntry"))


def test_addons_that_nodes_need_do_not_wait_for_nodes(graph: Graph) -> None:
    groups = graph.of("NodeGroup")
    for name in of_phase("before_nodes"):
        assert not any(reaches(graph, addon(graph, name), group) for group in groups)


def test_nodes_outlive_neither_network_addon_nor_policies(graph: Graph) -> None:
    for group in graph.of("NodeGroup"):
        assert reaches_all(graph, group, [addon(graph, name) for name in of_phase("before_nodes")])
        assert reaches_all(graph, group, [p for p in graph.of("RolePolicyAttachment") if p.name.startswith("c-node-")])


def test_the_other_addons_come_after_all_system_nodes(graph: Graph) -> None:
    for name in of_phase("after_nodes"):
        assert reaches_all(graph, addon(graph, name), graph.of("NodeGroup"))


def test_addons_leave_nothing_behind(graph: Graph) -> None:
    assert len(graph.of("Addon")) == len(ADDONS)
    for found in graph.of("Addon"):
        assert not found.inputs["preserve"]
        assert found.inputs["resolveConflictsOnCreate"] == found.inputs["resolveConflictsOnUpdate"] == "OVERWRITE"


def test_only_addons_that_call_aws_have_an_identity(graph: Graph) -> None:
    identities: dict[str, Any] = {
        a.inputs["addonName"]: a.inputs.get("podIdentityAssociations") for a in graph.of("Addon")
    }
    assert {name for name, found in identities.items() if found} == {"vpc-cni", "aws-ebs-csi-driver"}
    assert identities["vpc-cni"][0]["serviceAccount"] == "aws-node"


def test_the_node_role_has_no_network_policy_and_no_push(graph: Graph) -> None:
    attached = {
        a.inputs["policyArn"].rpartition("/")[2]
        for a in graph.of("RolePolicyAttachment")
        if a.name.startswith("c-node-")
    }
    assert attached == {"AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"}
    statement = json.loads(graph.named("c-node-image-cache").inputs["policy"])["Statement"]
    assert [s["Action"] for s in statement] == [["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]]
    assert statement[0]["Resource"] == ["arn:aws:ecr:us-east-1:123456789012:repository/test-k8s/*"]


def test_system_nodes_stand_one_group_per_zone_in_private_subnets(graph: Graph) -> None:
    assert sorted(group.inputs["subnetIds"][0] for group in graph.of("NodeGroup")) == [
        f"net-private-{zone}-id" for zone in ("use1-az1", "use1-az2", "use1-az4")
    ]


def test_node_groups_replace_gently_and_have_the_size_that_the_stack_file_says(graph: Graph) -> None:
    for group in graph.of("NodeGroup"):
        assert group.inputs["updateConfig"] == {"maxUnavailable": 1, "updateStrategy": "DEFAULT"}
        assert group.inputs["nodeRepairConfig"] == {"enabled": True}
        assert group.inputs["scalingConfig"] == {"minSize": 1, "desiredSize": 1, "maxSize": 2}
        assert group.ignore_changes == (), "EKS refuses a minimum above a desired size that stays behind"
        assert group.inputs["taints"] == [{"key": "CriticalAddonsOnly", "value": "true", "effect": "NO_SCHEDULE"}]


def test_nodes_follow_the_kubernetes_version_unless_their_release_is_pinned(graph: Graph) -> None:
    for group in graph.of("NodeGroup"):
        assert group.inputs["releaseVersion"] == "1.35.3-20260415"
        assert "version" not in group.inputs, "a release says it all"
    for group in cluster(DEV, DEV_CLUSTER).of("NodeGroup"):
        assert group.inputs["version"] == "1.35"
        assert "releaseVersion" not in group.inputs


def test_every_volume_of_a_bottlerocket_node_is_encrypted() -> None:
    nodes = replace(DEV_CLUSTER.system_nodes, os="bottlerocket")
    found = cluster(DEV, replace(DEV_CLUSTER, system_nodes=nodes)).one("LaunchTemplate").inputs["blockDeviceMappings"]
    assert {volume["deviceName"]: volume["ebs"]["encrypted"] for volume in found} == {
        "/dev/xvda": "true",
        "/dev/xvdb": "true",
    }


def test_an_addon_outlives_neither_its_policies_nor_its_role(graph: Graph) -> None:
    for name, policy in (("vpc-cni", "AmazonEKS_CNI_Policy"), ("aws-ebs-csi-driver", "AmazonEBSCSIDriverPolicy")):
        attached = [p for p in graph.of("RolePolicyAttachment", "RolePolicy") if f"{name}-role-" in p.name]
        assert [p for p in attached if p.name.endswith(policy)]
        assert reaches_all(graph, addon(graph, name), attached), "without its policy it leaves interfaces or volumes"


def test_nodes_hide_their_metadata_and_encrypt_their_disks(graph: Graph) -> None:
    for template in graph.of("LaunchTemplate"):
        assert template.inputs["metadataOptions"] == {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 1,
        }
        assert {m["ebs"]["encrypted"] for m in template.inputs["blockDeviceMappings"]} == {"true"}
        assert {s["resourceType"] for s in template.inputs["tagSpecifications"]} == {
            "instance",
            "volume",
            "network-interface",
        }


def test_draining_lifts_deletion_protection_and_stops_the_logs() -> None:
    drained = cluster(replace(PROD, draining=True)).one("Cluster", "c-control-plane")
    assert not drained.protect
    assert not drained.inputs["deletionProtection"]
    assert drained.inputs["enabledClusterLogTypes"] == []


def test_versions_are_asked_for_where_dev_says_default() -> None:
    versions = {found.inputs["addonVersion"] for found in cluster(DEV, DEV_CLUSTER).of("Addon")}
    assert versions == {"v1.12.4-eksbuild.1"}


def test_the_kubeconfig_is_secret(graph: Graph) -> None:
    urn = next(resource.urn for resource in graph if resource.type == "slipway:aws:Cluster")
    assert graph.secret_outputs[urn] == {"kubeconfig"}


def test_only_members_of_the_client_group_reach_the_api(graph: Graph) -> None:
    rule = graph.named("c-control-plane-from-clients").inputs
    assert (rule["fromPort"], rule["toPort"]) == (443, 443)
    assert rule["referencedSecurityGroupId"] == "c-control-plane-clients-id"


def test_a_member_of_the_client_group_may_go_to_the_api_and_nowhere_else(graph: Graph) -> None:
    (rule,) = [r.inputs for r in graph.of("SecurityGroupEgressRule") if r.name.startswith("c-control-plane")]
    assert rule["securityGroupId"] == "c-control-plane-clients-id"
    assert rule["referencedSecurityGroupId"] == graph.named("c-control-plane-from-clients").inputs["securityGroupId"]
    assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 443, 443)
