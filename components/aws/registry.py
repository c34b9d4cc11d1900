"""The container registry: our repositories, and the upstreams that it caches.

nvcr.io cannot be cached: CI copies such images by digest, and a mirror that is missing fails the preview here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import ecr, iam

from components.aws.aws_site import Site, fitted
from components.aws.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.aws.iam_document import allow, document
from components.aws.registry_policy import access_policy, lifecycle
from components.aws.registry_spec import CACHE_TAGS, RegistrySpec, mirror_parts, registry_problems, upstream_address
from components.aws.roles import attach, role
from components.aws.rules import require
from components.aws.trust_policy import service_trust

PREFIX_CHARACTERS = 30
"""https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html"""


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """Which registry.

    Args:
        pushers: ARNs of the roles that may push.

    Raises:
        ConfigurationError: the spec breaks a rule; the message lists every one.
    """

    site: Site
    spec: RegistrySpec
    pushers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require(registry_problems(self.spec))


class Registry(pulumi.ComponentResource):
    """Immutable, encrypted, scanned repositories and pull-through caches.

    Produces:
        Key; per repository lifecycle and access policy; per upstream a creation template and a cache rule; a role by
        which ECR encrypts what the caches create.
    """

    repository_urls: Mapping[str, pulumi.Output[str]]
    image_refs: pulumi.Output[Mapping[str, str]]
    cache_prefixes: tuple[str, ...]

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the key, then repositories and caches."""
        super().__init__("slipway:aws:Registry", name, None, opts)
        self._name, self._args, self._site = name, args, args.site
        key = EncryptionKeyArgs(site=self._site, description="Images in our repositories")
        self._key_arn = EncryptionKey(f"{name}-key", key, pulumi.ResourceOptions(parent=self)).key_arn
        self.policies: dict[str, list[pulumi.Resource]] = {}
        self.repositories = {repository: self._repository(repository) for repository in args.spec.repositories}
        self.repository_urls = {key: found.repository_url for key, found in self.repositories.items()}
        self.image_refs = self._mirrors()
        self.cache_prefixes = tuple(self._prefix(upstream) for upstream in args.spec.upstreams)
        self._caches()
        self.register_outputs(
            {
                "repository_urls": self.repository_urls,
                "image_refs": self.image_refs,
                "cache_prefixes": list(self.cache_prefixes),
            }
        )

    def _repository(self, repository: str) -> ecr.Repository:
        name, spec = f"{self._name}-{repository.replace('/', '-')}", self._args.spec
        made = ecr.Repository(
            name,
            name=f"{self._site.tags.stack}/{repository}",
            image_tag_mutability="IMMUTABLE_WITH_EXCLUSION" if spec.cache_tags else "IMMUTABLE",
            image_tag_mutability_exclusion_filters=[{"filter": CACHE_TAGS, "filter_type": "WILDCARD"}]
            if spec.cache_tags
            else None,
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": self._key_arn}],
            # Enhanced scanning is set once for the whole registry, in the foundation.
            image_scanning_configuration={"scan_on_push": True} if spec.scan == "basic" else None,
            force_delete=self._site.disposable,
            tags=self._site.tags.named(repository),
            opts=pulumi.ResourceOptions(parent=self, protect=self._site.protect),
        )
        child = pulumi.ResourceOptions(parent=self)
        keep = ecr.LifecyclePolicy(
            f"{name}-lifecycle", repository=made.name, policy=lifecycle(spec.keep_releases), opts=child
        )
        root = self._site.global_arn("iam", "root")
        access = ecr.RepositoryPolicy(
            f"{name}-access",
            repository=made.name,
            policy=access_policy(account_root=root, pushers=self._args.pushers),
            opts=child,
        )
        self.policies[repository] = [keep, access]
        return made

    @property
    def host(self) -> str:
        """Address of the registry, known before anything is in it."""
        return f"{self._site.account_id}.dkr.ecr.{self._site.region}.amazonaws.com"

    def plain_refs(self) -> dict[str, str]:
        """Return path → our copy by digest of every mirrored image, whether it is there or not."""
        parts = map(mirror_parts, self._args.spec.mirrors)
        return {path: f"{self.host}/{self._site.tags.stack}/{path}@{digest}" for path, digest in parts}

    def prefix_of(self, upstream: str) -> str | None:
        """Return the prefix under which an upstream is cached, or None."""
        return self._prefix(upstream) if upstream in self._args.spec.upstreams else None

    def _mirrors(self) -> pulumi.Output[Mapping[str, str]]:
        """Look each mirrored image up, so that a missing one fails the preview."""
        refs = self.plain_refs()
        found: dict[str, pulumi.Output[str]] = {}
        for mirror in self._args.spec.mirrors:
            path, digest = mirror_parts(mirror)
            repository = f"{self._site.tags.stack}/{path}"
            image = ecr.get_image_output(
                repository_name=repository, image_digest=digest, opts=pulumi.InvokeOutputOptions(parent=self)
            )
            found[path] = pulumi.Output.all(refs[path], image.image_uri).apply(lambda known: str(known[0]))
        return pulumi.Output.all(**found) if found else pulumi.Output.from_input({})

    def _prefix(self, upstream: str) -> str:
        """Prefixes are unique in an account and region, so each stack has its own."""
        return fitted(f"{self._site.tags.stack}-{upstream}", PREFIX_CHARACTERS)

    def _caches(self) -> None:
        if not self._args.spec.upstreams:
            return
        creator = self._creator()
        for upstream in self._args.spec.upstreams:
            self._cache(upstream, creator)

    def _creator(self) -> tuple[iam.Role, list[pulumi.Resource]]:
        name = f"{self._name}-cache"
        owner = role(
            name,
            site=self._site,
            trust=service_trust("ecr.amazonaws.com", account_id=self._site.account_id),
            parent=self,
        )
        repositories = [self._site.arn("ecr", f"repository/{prefix}/*") for prefix in self.cache_prefixes]
        make = allow("Create", ["ecr:CreateRepository", "ecr:ReplicateImage", "ecr:TagResource"], repositories)
        encrypt = ["kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"]
        policy = self._key_arn.apply(lambda key: document([make, allow("Encrypt", encrypt, key)]))
        return owner, attach(owner, name, site=self._site, documents={"policy": policy})

    def _cache(self, upstream: str, creator: tuple[iam.Role, list[pulumi.Resource]]) -> None:
        owner, policies = creator
        template = ecr.RepositoryCreationTemplate(
            f"{self._name}-{upstream}-template",
            prefix=self._prefix(upstream),
            applied_fors=["PULL_THROUGH_CACHE"],
            # ECR cannot refresh a cached tag that is immutable; what we deploy names digests anyway.
            image_tag_mutability="MUTABLE",
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": self._key_arn}],
            custom_role_arn=owner.arn,
            lifecycle_policy=lifecycle(self._args.spec.keep_releases),
            resource_tags=self._site.tags.named(upstream),
            opts=pulumi.ResourceOptions(parent=self, depends_on=policies),
        )
        ecr.PullThroughCacheRule(
            f"{self._name}-{upstream}",
            ecr_repository_prefix=self._prefix(upstream),
            upstream_registry_url=upstream_address(upstream),
            credential_arn=(self._args.spec.upstream_secrets or {}).get(upstream),
            custom_role_arn=(self._args.spec.upstream_roles or {}).get(upstream),
            # A first pull that comes before the template makes a repository without key and lifecycle.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[template]),
        )
