"""A stack on a Kubernetes cluster that exists; the same file names as `components/local/`."""
