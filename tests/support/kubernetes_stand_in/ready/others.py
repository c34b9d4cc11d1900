"""The kinds that are ready by one look at themselves or their endpoints."""

from tests.support.kubernetes_stand_in.verdict import Around, Json, Problem, Verdict, condition, events_about


def at_once(item: Json, around: Around) -> Verdict:  # noqa: ARG001 - every verdict is asked alike
    """A kind that needs no time."""
    return Verdict(done=True)


def service(item: Json, around: Around) -> Verdict:
    """A Service is ready when it has a ready endpoint and, as a LoadBalancer, an address.

    Headless ones, external names and those without a selector have no endpoints of their own to wait for.
    """
    spec = item.get("spec") or {}
    if spec.get("type") == "LoadBalancer" and not _addresses(item):
        return Verdict(waiting="for the load balancer's address")
    if spec.get("type") == "ExternalName" or spec.get("clusterIP") == "None" or not spec.get("selector"):
        return Verdict(done=True)
    if any(_ready(each) for part in around.endpoint_slices for each in part.get("endpoints") or []):
        return Verdict(done=True)
    selector = ",".join(f"{name}={value}" for name, value in sorted(spec["selector"].items()))
    return Verdict(waiting=f"for a ready endpoint among the pods with {selector}")


def ingress(item: Json, around: Around) -> Verdict:  # noqa: ARG001
    """An Ingress is ready when its controller gave it an address."""
    return Verdict(done=True) if _addresses(item) else Verdict(waiting="for the controller to give it an address")


def claim(item: Json, around: Around) -> Verdict:
    """A claim is ready when bound; one that binds with its first pod is not waited for."""
    phase = (item.get("status") or {}).get("phase")
    if phase == "Bound" or events_about(item, around.events, "WaitForFirstConsumer"):
        return Verdict(done=True)
    failed = events_about(item, around.events, "ProvisioningFailed", "FailedBinding")
    return Verdict(waiting="for a volume", problems=tuple(Problem(message) for message in failed[-1:]))


def volume(item: Json, around: Around) -> Verdict:  # noqa: ARG001
    """A volume is ready when it can be, or is, bound."""
    phase = (item.get("status") or {}).get("phase")
    return Verdict(done=True) if phase in ("Available", "Bound") else Verdict(waiting="for the volume to be available")


def namespace(item: Json, around: Around) -> Verdict:  # noqa: ARG001
    """A namespace is ready when it is active."""
    phase = (item.get("status") or {}).get("phase")
    return Verdict(done=True) if phase == "Active" else Verdict(waiting=f"for the namespace, which is {phase}")


def definition(item: Json, around: Around) -> Verdict:  # noqa: ARG001
    """A CustomResourceDefinition is ready when its kind is served."""
    names = condition(item, "NamesAccepted")
    if names.get("status") == "False":
        return Verdict(failed=f"its names are taken: {names.get('message', '')}")
    done = condition(item, "Established").get("status") == "True"
    return Verdict(done=True) if done else Verdict(waiting="for the kind to be served")


def api_service(item: Json, around: Around) -> Verdict:  # noqa: ARG001
    """An APIService is ready when its server answers."""
    available = condition(item, "Available")
    if available.get("status") == "True":
        return Verdict(done=True)
    return Verdict(waiting=f"for its server: {available.get('message', 'no answer yet')}")


def _addresses(item: Json) -> bool:
    return bool(((item.get("status") or {}).get("loadBalancer") or {}).get("ingress"))


def _ready(endpoint: Json) -> bool:
    return (endpoint.get("conditions") or {}).get("ready") is not False
