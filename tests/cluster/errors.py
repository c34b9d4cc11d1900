"""What can keep a cluster from coming up, as sentences for the reader."""


class ClusterError(Exception):
    """The cluster cannot be made or does not come up; the message says why and what to do."""


NO_CLUSTER = "No cluster of this checkout runs; `make cluster-up` makes one."
