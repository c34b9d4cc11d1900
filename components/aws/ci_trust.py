"""Which CI jobs may assume the deploy roles: exact claims, compared one by one, never a pattern.

Sources: GitHub changelog 2026-04-23 (immutable subjects for repositories created or renamed since mid-July 2026);
AWS STS checks repository_id and job_workflow_ref since 2026-01.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

GITHUB_URL = "https://token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
Claims = Mapping[str, tuple[str, ...]]
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")


@dataclass(frozen=True, kw_only=True)
class GitHub:
    """A GitHub repository.

    Args:
        org: owner of the repository.
        repo: its name.
        owner_id: number of the owner, which never changes.
        repository_id: number of the repository, which never changes.
        subject_format: `immutable` for repositories created or renamed since mid-July 2026.
        workflow: the only workflow that may apply.
        branch: the branch that the workflow's file must come from.
    """

    org: str
    repo: str
    owner_id: str
    repository_id: str
    subject_format: Literal["name", "immutable"] = "immutable"
    workflow: str = ".github/workflows/deploy.yml"
    branch: str = "main"
    kind: Literal["github"] = "github"

    @property
    def url(self) -> str:
        """Address of the identity provider."""
        return GITHUB_URL

    @property
    def audience(self) -> str:
        """What the token is for."""
        return AUDIENCE


@dataclass(frozen=True, kw_only=True)
class GitLab:
    """A GitLab project. STS sees only its subject, so protected branches are the only gate.

    Args:
        project_path: `group/project`.
        url: of the GitLab instance.
        audience: the `aud` of the job's `id_tokens`.
        branch: from which changes are applied.
        plan_branches: from which previews run.
    """

    project_path: str
    url: str = "https://gitlab.com"
    audience: str = "https://gitlab.com"
    branch: str = "main"
    plan_branches: tuple[str, ...] = ("main",)
    kind: Literal["gitlab"] = "gitlab"


CiProvider = GitHub | GitLab


@dataclass(frozen=True, kw_only=True)
class DeployIdentitySpec:
    """Who deploys.

    Args:
        provider: where CI runs.
        environments: each gets a role that may change it.
        regions: where they may stand, beside the foundation's region.
        subjects: further exact subjects that may apply.
        existing_provider: the account has an identity provider for this address already; there can be only one.
    """

    provider: CiProvider
    environments: tuple[str, ...]
    subjects: tuple[str, ...] = ()
    existing_provider: bool = False
    regions: tuple[str, ...] = ()


def identity_problems(spec: DeployIdentitySpec) -> Iterator[str]:
    """Yield every sentence about what is wrong with a deploy identity."""
    for index, subject in enumerate(spec.subjects):
        if "*" in subject or "?" in subject:
            yield (f'deploy_identity.subjects[{index}] is "{subject}"; a wildcard lets any repository assume the role.')
    provider = spec.provider
    names = (provider.org, provider.repo) if isinstance(provider, GitHub) else (provider.project_path,)
    for name in names:
        if "*" in name or "?" in name or not name:
            yield f'deploy_identity.provider has "{name}"; write the exact name.'
    if isinstance(provider, GitHub):
        for key, value in (("owner_id", provider.owner_id), ("repository_id", provider.repository_id)):
            if not value.isdecimal():
                yield f'deploy_identity.provider.{key} is "{value}"; give the number (gh api repos/ORG/REPO).'
    yield from _region_problems(spec.regions)
    if not spec.environments:
        yield "deploy_identity.environments is empty; name at least one, such as dev."
    if "foundation" in spec.environments:
        yield "deploy_identity.environments has foundation, which is reserved: nobody deploys the foundation from CI."


def _region_problems(regions: tuple[str, ...]) -> Iterator[str]:
    for index, region in enumerate(regions):
        if not _REGION.fullmatch(region):
            yield f'deploy_identity.regions[{index}] is "{region}"; a region is named like eu-central-1.'


def apply_claims(spec: DeployIdentitySpec, environment: str) -> Claims:
    """Return what a token must say to change an environment."""
    provider, host = spec.provider, issuer(spec.provider)
    if isinstance(provider, GitLab):
        subject = f"project_path:{provider.project_path}:ref_type:branch:ref:{provider.branch}"
        return {f"{host}:aud": (provider.audience,), f"{host}:sub": (subject, *spec.subjects)}
    workflow = f"{provider.org}/{provider.repo}/{provider.workflow}@refs/heads/{provider.branch}"
    return {
        f"{host}:aud": (provider.audience,),
        f"{host}:sub": (f"{_repository(provider)}:environment:{environment}", *spec.subjects),
        f"{host}:repository_id": (provider.repository_id,),
        f"{host}:job_workflow_ref": (workflow,),
    }


def plan_claims(spec: DeployIdentitySpec) -> Claims:
    """Return what a token must say to look at everything."""
    provider, host = spec.provider, issuer(spec.provider)
    if isinstance(provider, GitLab):
        subjects = tuple(
            f"project_path:{provider.project_path}:ref_type:branch:ref:{branch}" for branch in provider.plan_branches
        )
        return {f"{host}:aud": (provider.audience,), f"{host}:sub": subjects}
    return {
        f"{host}:aud": (provider.audience,),
        f"{host}:sub": (f"{_repository(provider)}:pull_request",),
        f"{host}:repository_id": (provider.repository_id,),
    }


def issuer(provider: CiProvider) -> str:
    """Return the provider's address without its scheme, as claims and ARNs name it."""
    parts = urlsplit(provider.url)
    return f"{parts.netloc}{parts.path}".rstrip("/")


def _repository(provider: GitHub) -> str:
    if provider.subject_format == "name":
        return f"repo:{provider.org}/{provider.repo}"
    return f"repo:{provider.org}@{provider.owner_id}/{provider.repo}@{provider.repository_id}"
