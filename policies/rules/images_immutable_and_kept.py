"""A tag of an image never moves, and no clean-up takes an image that a slot may still need."""

import json
from collections.abc import Iterator

from mechanics.facts import Config, Resource, Stack, Value, Violation, shown
from mechanics.rule import Level, Option, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import one_of

REPOSITORY = one_of("aws/ecr", "Repository")
LIFECYCLE = one_of("aws/ecr", "LifecyclePolicy")
IMMUTABLE = ("IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION")
MOVABLE = "cache-"
SHORTEST_UNTAGGED_DAYS = 2


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return repositories whose images can change, leak or go too early."""
    kept = {each.text("repository") for each in stack.of(LIFECYCLE)}
    owners = {urn for each in stack.of(LIFECYCLE) for urn in each.property_dependencies.get("repository", ())}
    found = [each.violation(*problem) for each in stack.of(REPOSITORY) for problem in _repository(each)]
    found += [
        each.violation("", "the repository has no lifecycle policy, so it only grows", "keep the last releases")
        for each in stack.of(REPOSITORY)
        if each.urn not in owners and each.text("name") not in kept
    ]
    return found + [each.violation(*problem) for each in stack.of(LIFECYCLE) for problem in _lifecycle(each, config)]


def _repository(resource: Resource) -> Iterator[tuple[str, str, str]]:
    mutability = resource.get("imageTagMutability")
    if mutability not in IMMUTABLE:
        problem = f"imageTagMutability is {shown(mutability)}, so a tag can be moved to another image"
        yield "imageTagMutability", problem, 'set it to "IMMUTABLE"'
    for each in resource.items("imageTagMutabilityExclusionFilters"):
        movable = str(each.get("filter")) if isinstance(each, dict) else ""
        if not movable.startswith(MOVABLE):
            path, fix = "imageTagMutabilityExclusionFilters", f'exclude only tags that begin with "{MOVABLE}"'
            yield path, f'tags like "{movable}" can be moved to another image', fix
    kinds = [
        each.get("encryptionType") for each in resource.items("encryptionConfigurations") if isinstance(each, dict)
    ]
    if kinds != ["KMS"]:
        yield "encryptionConfigurations", "images are not encrypted with a key of yours", 'set encryptionType to "KMS"'


def _lifecycle(resource: Resource, config: Config) -> Iterator[tuple[str, str, str]]:
    for rule in _rules(resource.get("policy")):
        selection = rule.get("selection") or {}
        number = selection.get("countNumber")
        if not isinstance(number, int):
            continue
        if selection.get("countType") == "imageCountMoreThan" and number < config["keepReleases"]:
            problem = f"only {number} releases are kept, so the idle slot's image may be gone when it is needed"
            yield "policy", problem, f"keep at least {config['keepReleases']}"
        if selection.get("tagStatus") == "untagged" and number < SHORTEST_UNTAGGED_DAYS:
            problem = (
                f"untagged images go after {number} day, and the parts of an image for several platforms are untagged"
            )
            yield "policy", problem, "keep untagged images for two days or more"


def _rules(document: Value) -> list[dict[str, Value]]:
    try:
        found = json.loads(document) if isinstance(document, str) else document
    except ValueError:
        return []
    rules = found.get("rules") if isinstance(found, dict) else None
    return [each for each in rules if isinstance(each, dict)] if isinstance(rules, list) else []


RULE = StackRule(
    id="ecr-hardened",
    claim="Image tags never move, images are encrypted, and the last releases are kept.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*REPOSITORY, *LIFECYCLE),
    reads=("imageTagMutability", "imageTagMutabilityExclusionFilters", "encryptionConfigurations", "policy"),
    unknown=WhenUnknown.OPEN,
    options=(
        Option(
            name="keepReleases",
            schema={"type": "number", "description": "Fewest releases that a clean-up must leave."},
            values=PerKind(local=4, dev=4, prod=10),
        ),
    ),
    standards=("ECR.2", "ECR.3", "CIS 5.1.1", "CKV_AWS_51", "CKV_AWS_136", "AWS-0031", "AWS-0033"),
    check=check,
)
