"""Rows of the image registry."""

from tests.support.aws_stand_in.row import Call, Row

_SCANNING = {"scanType": "scanType", "rules": "rules"}


def _lifecycle(put: str) -> Call:
    return Call(put, {"repositoryName": "repository", "lifecyclePolicyText": "policy"})


ROWS = (
    Row(
        token="ecr/repository:Repository",
        service="ecr",
        create=Call("create_repository", {"repositoryName": "name"}),
        id="name",
        updates=(
            Call(
                "put_image_tag_mutability",
                {
                    "repositoryName": "id",
                    "imageTagMutability": "imageTagMutability",
                    "imageTagMutabilityExclusionFilters": "imageTagMutabilityExclusionFilters",
                },
            ),
            Call(
                "put_image_scanning_configuration",
                {"repositoryName": "id", "imageScanningConfiguration": "imageScanningConfiguration"},
            ),
        ),
        read=Call("describe_repositories", {"repositoryNames": "[id]"}),
        found="repositories[0]",
        outputs={"arn": "found.repositoryArn", "repositoryUrl": "found.repositoryUri"},
        delete=Call("delete_repository", {"repositoryName": "id", "force": "forceDelete"}),
        replaces=("name", "encryptionConfigurations"),
        ignored=("forceDelete",),
        autoname="name",
        name_limit=256,
    ),
    Row(
        token="ecr/lifecyclePolicy:LifecyclePolicy",
        service="ecr",
        create=_lifecycle("put_lifecycle_policy"),
        id="repository",
        updates=(_lifecycle("put_lifecycle_policy"),),
        delete=Call("delete_lifecycle_policy", {"repositoryName": "repository"}),
        replaces=("repository",),
    ),
    Row(
        token="ecr/repositoryPolicy:RepositoryPolicy",
        service="ecr",
        create=Call("set_repository_policy", {"repositoryName": "repository", "policyText": "policy"}),
        id="repository",
        updates=(Call("set_repository_policy", {"repositoryName": "repository", "policyText": "policy"}),),
        delete=Call("delete_repository_policy", {"repositoryName": "repository"}),
        replaces=("repository",),
    ),
    Row(
        token="ecr/registryScanningConfiguration:RegistryScanningConfiguration",
        service="ecr",
        create=Call("put_registry_scanning_configuration", _SCANNING),
        id="account",
        updates=(Call("put_registry_scanning_configuration", _SCANNING),),
        outputs={"registryId": "id"},
        delete=Call("put_registry_scanning_configuration", {"scanType": "'BASIC'", "rules": "`[]`"}),
    ),
    Row(
        token="ecr/pullThroughCacheRule:PullThroughCacheRule",
        service="ecr",
        create=Call("create_pull_through_cache_rule"),
        id="ecrRepositoryPrefix",
        updates=(
            Call(
                "update_pull_through_cache_rule",
                {"ecrRepositoryPrefix": "id", "credentialArn": "credentialArn"},
            ),
        ),
        outputs={"registryId": "account"},
        delete=Call("delete_pull_through_cache_rule", {"ecrRepositoryPrefix": "id"}),
        replaces=("ecrRepositoryPrefix", "upstreamRegistryUrl", "upstreamRepositoryPrefix"),
        echo=True,
    ),
    Row(
        token="ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
        service="ecr",
        create=Call("create_repository_creation_template"),
        id="prefix",
        updates=(Call("update_repository_creation_template", fill=True),),
        outputs={"registryId": "account"},
        delete=Call("delete_repository_creation_template", {"prefix": "id"}),
        replaces=("prefix",),
        echo=True,
    ),
)
