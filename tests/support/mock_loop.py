"""What Pulumi's mocks keep from one program to the next: their event loop, and the stack."""

import asyncio
import atexit
from functools import cache

from pulumi.runtime.settings import ROOT


def use_mock_loop() -> None:
    """Make the mocks' loop the current one, and let the next program have a stack of its own.

    After any `asyncio.run` of another test there is no loop. A stack that is there is taken for the next program's too,
    with the project and the name of whoever ran first.
    """
    asyncio.set_event_loop(_loop())
    ROOT.set(None)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    # A program that fails in a mock leaves futures whose errors nobody asks for; the test has the first of them.
    loop.set_exception_handler(lambda _loop, _context: None)
    atexit.register(loop.close)
    return loop
