"""A place in a cluster, for tests of who looks at it."""

from components.kubernetes.cluster_site import Site

SITE = Site(
    stack="mine",
    namespace="models",
    gateway_namespace="envoy-gateway-system",
    triton_image="triton@sha256:0",
    rollout_image="rollout@sha256:0",
)
