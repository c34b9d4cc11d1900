"""A stand-in for the Kubernetes provider: the real engine, the real SDK and a real API server.

It is attached by `PULUMI_DEBUG_PROVIDERS` where the official plugin cannot be had, and carries each resource to the
API server by server-side apply. Waiting, replacement and annotations are those that the official provider documents;
where it differs, the docstring of the function says so.
"""
