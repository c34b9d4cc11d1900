"""What can go wrong while setting up, as sentences for the reader."""


class SetupError(Exception):
    """Setup cannot go on; the message says what was tried and what to do."""


class UnavailableError(Exception):
    """One way of getting something does not work here; the next one is tried."""
