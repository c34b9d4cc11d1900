"""Rows of identity: roles, policies, instance profiles, the CI's identity provider, keys."""

from tests.support.aws_stand_in.row import Call, Row, arn

ROWS = (
    Row(
        token="iam/role:Role",
        service="iam",
        create=Call("create_role", {"RoleName": "name", "AssumeRolePolicyDocument": "assumeRolePolicy"}),
        id="name",
        updates=(
            Call("update_assume_role_policy", {"RoleName": "id", "PolicyDocument": "assumeRolePolicy"}),
            Call(
                "update_role",
                {"RoleName": "id", "Description": "description", "MaxSessionDuration": "maxSessionDuration"},
            ),
            Call(
                "put_role_permissions_boundary", {"RoleName": "id", "PermissionsBoundary": "permissionsBoundary"}
            ),
        ),
        read=Call("get_role", {"RoleName": "id"}),
        found="Role",
        outputs={"uniqueId": "found.RoleId"},
        delete=Call("delete_role", {"RoleName": "id"}),
        replaces=("name", "namePrefix", "path"),
        ignored=("forceDetachPolicies",),
        autoname="name",
    ),
    Row(
        token="iam/rolePolicy:RolePolicy",
        service="iam",
        create=Call("put_role_policy", {"RoleName": "role", "PolicyName": "name", "PolicyDocument": "policy"}),
        id="join(':', [role, name])",
        updates=(Call("put_role_policy", {"RoleName": "role", "PolicyName": "name", "PolicyDocument": "policy"}),),
        read=Call("get_role_policy", {"RoleName": "role", "PolicyName": "name"}),
        delete=Call("delete_role_policy", {"RoleName": "role", "PolicyName": "name"}),
        replaces=("role", "name", "namePrefix"),
        autoname="name",
        name_limit=128,
    ),
    Row(
        token="iam/rolePolicyAttachment:RolePolicyAttachment",
        service="iam",
        create=Call("attach_role_policy", {"RoleName": "role", "PolicyArn": "policyArn"}),
        id="join('/', [role, policyArn])",
        delete=Call("detach_role_policy", {"RoleName": "role", "PolicyArn": "policyArn"}),
        replaces=("role", "policyArn"),
    ),
    Row(
        token="iam/policy:Policy",
        service="iam",
        create=Call("create_policy", {"PolicyName": "name", "PolicyDocument": "policy"}),
        id="answer.Policy.Arn",
        updates=(
            Call(
                "create_policy_version", {"PolicyArn": "id", "PolicyDocument": "policy", "SetAsDefault": "`true`"}
            ),
        ),
        read=Call("get_policy", {"PolicyArn": "id"}),
        found="Policy",
        delete=Call("delete_policy", {"PolicyArn": "id"}),
        replaces=("name", "namePrefix", "path", "description"),
        autoname="name",
        name_limit=128,
    ),
    Row(
        token="iam/instanceProfile:InstanceProfile",
        service="iam",
        create=Call("create_instance_profile", {"InstanceProfileName": "name"}),
        id="name",
        after=(
            Call("add_role_to_instance_profile", {"InstanceProfileName": "id", "RoleName": "role"}, on=("role",)),
        ),
        read=Call("get_instance_profile", {"InstanceProfileName": "id"}),
        found="InstanceProfile",
        outputs={"uniqueId": "found.InstanceProfileId"},
        before_delete=(
            Call("remove_role_from_instance_profile", {"InstanceProfileName": "id", "RoleName": "role"}),
        ),
        delete=Call("delete_instance_profile", {"InstanceProfileName": "id"}),
        replaces=("name", "namePrefix", "path"),
        autoname="name",
        name_limit=128,
    ),
    Row(
        token="iam/openIdConnectProvider:OpenIdConnectProvider",
        service="iam",
        create=Call("create_open_id_connect_provider", {"ClientIDList": "clientIdLists"}),
        id="answer.OpenIDConnectProviderArn",
        updates=(
            Call(
                "update_open_id_connect_provider_thumbprint",
                {"OpenIDConnectProviderArn": "id", "ThumbprintList": "thumbprintLists"},
            ),
        ),
        read=Call("get_open_id_connect_provider", {"OpenIDConnectProviderArn": "id"}),
        outputs={"arn": "id"},
        delete=Call("delete_open_id_connect_provider", {"OpenIDConnectProviderArn": "id"}),
        replaces=("url", "clientIdLists"),
    ),
    Row(
        token="kms/key:Key",
        service="kms",
        create=Call("create_key"),
        id="answer.KeyMetadata.KeyId",
        after=(Call("enable_key_rotation", {"KeyId": "id"}, on=("enableKeyRotation",)),),
        updates=(
            Call("put_key_policy", {"KeyId": "id", "PolicyName": "'default'", "Policy": "policy"}),
            Call("update_key_description", {"KeyId": "id", "Description": "description"}),
        ),
        read=Call("describe_key", {"KeyId": "id"}),
        found="KeyMetadata",
        delete=Call("schedule_key_deletion", {"KeyId": "id", "PendingWindowInDays": "deletionWindowInDays"}),
        replaces=("keyUsage", "customerMasterKeySpec", "multiRegion"),
        ignored=("deletionWindowInDays",),
    ),
    Row(
        token="kms/alias:Alias",
        service="kms",
        create=Call("create_alias", {"AliasName": "name"}),
        id="name",
        updates=(Call("update_alias", {"AliasName": "id", "TargetKeyId": "targetKeyId"}),),
        outputs={"arn": arn("kms", "{id}")},
        delete=Call("delete_alias", {"AliasName": "id"}),
        replaces=("name", "namePrefix"),
        autoname="name",
        name_limit=256,
    ),
)  # fmt: skip
