"""The roles of CI: one that looks, one per environment that changes, and the boundary of all that they make."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam

from components.aws.aws_site import BOUNDARY_NAME, Site
from components.aws.ci_trust import Claims, DeployIdentitySpec, apply_claims, identity_problems, issuer, plan_claims
from components.aws.deploy_policy import StatePlace, apply_statements, plan_statements
from components.aws.iam_document import Statement, document
from components.aws.role_boundary import boundary_statements
from components.aws.roles import attach, role
from components.aws.rules import require
from components.aws.state_store import StateStore
from components.aws.trust_policy import oidc_trust

SESSION_SECONDS = 7200
"""A full `up` takes 20 to 30 minutes, a destroy 30 to 40."""


@dataclass(frozen=True, kw_only=True)
class DeployIdentityArgs:
    """Who deploys, and where the state lies.

    Raises:
        ConfigurationError: the spec breaks a rule; the message lists every one.
    """

    site: Site
    spec: DeployIdentitySpec
    state: StateStore

    def __post_init__(self) -> None:
        require(identity_problems(self.spec))


class DeployIdentity(pulumi.ComponentResource):
    """Short-lived credentials for CI, without any key to keep.

    Produces:
        Identity provider, boundary policy, plan role, one apply role per environment.
    """

    plan_role_arn: pulumi.Output[str]
    apply_role_arns: Mapping[str, pulumi.Output[str]]
    boundary_arn: pulumi.Output[str]

    def __init__(self, name: str, args: DeployIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make provider and boundary, then the roles."""
        super().__init__("slipway:aws:DeployIdentity", name, None, opts)
        self._name, self._args, self._site = name, args, args.site
        self._identity_provider()
        self.boundary_arn = self._boundary().arn
        self.plan_role_arn = self._plan_role()
        self.apply_role_arns = {environment: self._apply_role(environment) for environment in args.spec.environments}
        self.register_outputs({key: getattr(self, key) for key in DeployIdentity.__annotations__})

    def _identity_provider(self) -> None:
        provider = self._args.spec.provider
        if self._args.spec.existing_provider:
            return
        # No thumbprints: for GitHub and GitLab.com AWS trusts its own list of authorities.
        iam.OpenIdConnectProvider(
            f"{self._name}-provider",
            url=provider.url,
            client_id_lists=[provider.audience],
            tags=self._site.tags.named(f"{self._name}-provider"),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _boundary(self) -> iam.Policy:
        return iam.Policy(
            f"{self._name}-boundary",
            name=BOUNDARY_NAME,
            path="/slipway/",
            description="The most that any role of Slipway can ever do",
            policy=document(boundary_statements(self._site)),
            tags=self._site.tags.named(BOUNDARY_NAME),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _plan_role(self) -> pulumi.Output[str]:
        owner = self._role("plan", plan_claims(self._args.spec))
        place = self._state_place(*self._args.state.key_arns.values())
        policy = place.apply(lambda known: document(plan_statements(self._site, known)))
        attach(owner, "plan", site=self._site, aws_policies=["ReadOnlyAccess"], documents={"policy": policy})
        return owner.arn

    def _apply_role(self, environment: str) -> pulumi.Output[str]:
        name, keys = f"apply-{environment}", self._args.state.key_arns
        owner = self._role(name, apply_claims(self._args.spec, environment))
        place = self._state_place(keys[""], keys[environment])
        unknown = StatePlace(bucket_arn="", bucket_key_arn="", secret_key_arns=())
        # Only the last document waits for the keys; the others can be judged before anything exists.
        documents: dict[str, pulumi.Input[str]] = {
            part: document(statements) for part, statements in self._may(environment, unknown).items()
        }
        documents["state"] = place.apply(lambda known: document(self._may(environment, known)["state"]))
        attach(owner, name, site=self._site, documents=documents)
        return owner.arn

    def _may(self, environment: str, state: StatePlace) -> dict[str, list[Statement]]:
        return apply_statements(self._site, environment, state, self._args.spec.regions)

    def _role(self, name: str, claims: Claims) -> iam.Role:
        host = issuer(self._args.spec.provider)
        trust = oidc_trust(provider_arn=self._site.global_arn("iam", f"oidc-provider/{host}"), claims=claims)
        return role(name, site=self._site, trust=trust, parent=self, max_session_seconds=SESSION_SECONDS, bounded=False)

    def _state_place(self, *key_arns: pulumi.Output[str]) -> pulumi.Output[StatePlace]:
        return pulumi.Output.all(self._args.state.bucket_arn, *key_arns).apply(
            lambda known: StatePlace(bucket_arn=known[0], bucket_key_arn=known[1], secret_key_arns=tuple(known[2:]))
        )
