"""Every model is served through a gateway that knows who calls it."""

from mechanics.facts import Config, Stack, Violation
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import GATEWAY, MODEL


def check(stack: Stack, _config: Config) -> list[Violation]:
    """Return gateways without clients, and models that no client may call."""
    gateways = stack.of(GATEWAY)
    found = [
        gateway.violation("spec.clients", "the gateway has no clients, so it authenticates nobody", _CLIENT)
        for gateway in gateways
        if not gateway.mapping("spec.clients")
    ]
    callable_models = {
        model
        for gateway in gateways
        for client in gateway.mapping("spec.clients")
        for model in gateway.items(f"spec.clients.{client}.models")
        if isinstance(model, str)
    }
    for model in stack.of(MODEL):
        name = model.text("spec.model")
        if not gateways:
            problem = "there is no gateway, so nothing authenticates the callers of this model"
            found.append(model.violation("spec.model", problem, "serve the model through a Gateway"))
        elif name not in callable_models:
            problem = f'no client of the gateway may call "{name}"'
            found.append(model.violation("spec.model", problem, f'list "{name}" under the models of a client'))
    return found


_CLIENT = "add a client with the models that it may call"

RULE = StackRule(
    id="route-auth-required",
    claim="Every model is reached through the gateway, by authenticated clients only.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.ADVISORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*GATEWAY, *MODEL),
    reads=("spec.clients", "spec.model"),
    unknown=WhenUnknown.CLOSED,
    standards=("APIGateway.8", "CKV_AWS_309"),
    check=check,
)
