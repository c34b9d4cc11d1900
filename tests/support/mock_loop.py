"""The event loop that Pulumi's mocks run on."""

import asyncio
import atexit
from functools import cache


def use_mock_loop() -> None:
    """Make the mocks' loop the current one: after any `asyncio.run` of another test there is none."""
    asyncio.set_event_loop(_loop())


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    # A program that fails in a mock leaves futures whose errors nobody asks for; the test has the first of them.
    loop.set_exception_handler(lambda _loop, _context: None)
    atexit.register(loop.close)
    return loop
