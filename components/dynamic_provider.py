"""What our dynamic providers share: checks as sentences, an explicit diff, real state in `problem`.

Source: https://www.pulumi.com/docs/iac/concepts/resources/dynamic-providers/
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from pulumi.dynamic import CheckFailure, CheckResult, DiffResult, ReadResult, ResourceProvider

from serving.errors import ConfigurationError

Values = dict[str, Any]
_PROVIDER_KEY = "__provider"


class DynamicProvider(ResourceProvider):
    """A provider whose resource is a real thing, on this machine or in a cluster.

    The output `problem` says what is wrong with the real thing, empty when nothing is. `pulumi refresh` finds it out,
    and a resource with a problem is updated by the next `pulumi up`.
    """

    # State holds a reference to the class, no secret and no code.
    serialize_as_secret_always = False

    replaces_on: ClassVar[frozenset[str]] = frozenset()

    def refuse(self, olds: Values, news: Values) -> None:
        """Raise ConfigurationError when these inputs cannot be used; `pulumi preview` then fails with its message."""

    def problem(self, values: Values) -> str:
        """Return what is wrong with the real thing, empty when nothing is."""
        raise NotImplementedError

    def check(self, _olds: Values, news: Values) -> CheckResult:
        """Refuse unusable inputs, before anything changes."""
        try:
            self.refuse(_olds, news)
        except ConfigurationError as error:
            return CheckResult(news, [CheckFailure(type(self).__name__.removesuffix("Provider"), str(error))])
        return CheckResult(news, [])

    def diff(self, _id: str, _olds: Values, _news: Values) -> DiffResult:
        """Say whether an input changed, or the real thing has a problem."""
        changed = changed_inputs(_olds, _news)
        return DiffResult(
            changes=bool(changed or _olds.get("problem")),
            replaces=sorted(self.replaces_on.intersection(changed)),
            delete_before_replace=True,
        )

    def read(self, id_: str, props: Values) -> ReadResult:
        """Look at the real thing."""
        return ReadResult(id_, {**props, "problem": self.problem(props)})


def changed_inputs(olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[str]:
    """Return the names of the inputs that changed; a placeholder for an output, which is empty, is no change."""
    return [
        name for name, value in news.items() if name != _PROVIDER_KEY and value is not None and value != olds.get(name)
    ]


def inputs_of(values: Mapping[str, Any]) -> Values:
    """Return values without the provider's own entry."""
    return {name: value for name, value in values.items() if name != _PROVIDER_KEY}
