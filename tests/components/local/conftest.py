import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.gateway_stack import GatewayStack, running_gateway


@pytest.fixture(scope="session")
def stack() -> Iterator[GatewayStack]:
    # Unix sockets want a short path.
    with tempfile.TemporaryDirectory(prefix="slipway-", dir="/tmp") as folder, running_gateway(Path(folder)) as running:
        yield running
