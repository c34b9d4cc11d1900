"""Rules read properties that their types really have, so that a renamed or misspelt one cannot make a rule blind."""

import pytest
from known_properties import knows
from mechanics.registry import AnyRule, load
from mechanics.tokens import Type


@pytest.mark.parametrize("rule", load(), ids=lambda rule: str(rule.id))
def test_every_property_that_a_rule_reads_is_one_of_its_types(rule: AnyRule) -> None:
    assert [path for path in rule.reads if path and not knows(rule.types, path)] == []


@pytest.mark.parametrize(
    ("type_", "path"),
    [
        (Type("kubernetes/karpenter.sh", "NodePool"), "spec.template.spec.expiresAfter"),
        (Type("kubernetes/gateway.envoyproxy.io", "BackendTrafficPolicy"), "spec.rateLimits"),
        (Type("kubernetes/apps", "Deployment"), "spec.template.spec.container.image"),
        (Type("slipway/kubernetes", "Model"), "spec.lives"),
        (Type("aws/eks", "NodeGroup"), "scalingConfig.maximum"),
    ],
)
def test_a_misspelt_property_is_found(type_: Type, path: str) -> None:
    assert not knows((type_,), path)
