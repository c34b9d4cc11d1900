"""The two kinds of mistake that are the reader's to fix; every other exception is ours."""


class ConfigurationError(ValueError):
    """Something the user wrote cannot be used; the message says where, what was found, what is allowed, what to do."""


class ReleaseError(ConfigurationError):
    """A release cannot be read, or is not what its manifest says."""
