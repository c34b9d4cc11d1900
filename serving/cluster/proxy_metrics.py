"""What the gateway's proxies count of one model's slots; the port `serving.shift_ports.SlotMetrics`."""

import socket
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from urllib.parse import quote, urlsplit

from serving.cluster.proxy_tally import ProxyTally
from serving.counters import Counters, parse, stats_query
from serving.gateway_names import SLOT_HEADER
from serving.golden_probe import GoldenProbe, ProbeError, SilentError

ANSWER_SECONDS = 2
AT_ONCE = 16


class ProxyMetrics:
    """Counters of every proxy behind a name, and probes through the gateway.

    Args:
        url: of the proxies' statistics, such as `http://models-gateway-metrics:19001`; its name has an address a proxy.
        clusters: slot to the clusters that lead to it.
        probe: asks a slot a golden question, pinned, so that it does not count.
    """

    def __init__(self, url: str, clusters: Mapping[str, Sequence[str]], probe: Callable[[str], None]) -> None:
        parts = urlsplit(url)
        self.host, self.port = str(parts.hostname), parts.port or 19001
        self.clusters, self.probe = clusters, probe
        self._tallies = dict.fromkeys(clusters, ProxyTally())

    def read(self, slot: str) -> Counters:
        """Read a slot's counters, added up over the proxies that answer.

        Raises:
            OSError: the name has no address, or no proxy answers.
        """
        addresses = sorted(
            {str(found[4][0]) for found in socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)}
        )
        with ThreadPoolExecutor(min(AT_ONCE, len(addresses))) as pool:
            found = dict(zip(addresses, pool.map(lambda address: self._counted(address, slot), addresses), strict=True))
        readings = {address: counters for address, counters in found.items() if isinstance(counters, Counters)}
        if not readings:
            raise OSError(f"no proxy of {self.host} answers: {next(iter(found.values()))}")
        self._tallies[slot] = self._tallies[slot].after(readings)
        return self._tallies[slot].total

    def healthy(self, slot: str) -> bool:
        """Ask a slot for a golden answer, through the gateway.

        Raises:
            TimeoutError: it took the question, and has not answered in time.
        """
        try:
            self.probe(slot)
        except SilentError as error:
            raise TimeoutError(str(error)) from error
        except ProbeError:
            return False
        return True

    def _counted(self, address: str, slot: str) -> Counters | Exception:
        connection = HTTPConnection(address, self.port, timeout=ANSWER_SECONDS)
        try:
            query = quote(stats_query(self.clusters[slot]), safe="=&")
            connection.request("GET", f"/stats/prometheus?{query}", headers={"connection": "close"})
            response = connection.getresponse()
            text = response.read().decode()
            if response.status != 200:  # noqa: PLR2004 - HTTP OK
                return OSError(f"status {response.status}: {text[:100]}")
            return parse(text, self.clusters[slot])
        except (OSError, HTTPException, ValueError) as error:
            return error
        finally:
            connection.close()


def pinned_probe(
    probes: Mapping[str, GoldenProbe], url: str, headers: Mapping[str, str], *, answer_seconds: float
) -> Callable[[str], None]:
    """Return what asks a slot a golden question through the gateway, whatever its weight.

    Args:
        probes: slot to its question.
        url: of the gateway.
        headers: by which the gateway lets a caller choose the slot.
        answer_seconds: how long an answer may take.
    """

    def ask(slot: str) -> None:
        if slot not in probes:
            raise ProbeError(f"there is no golden question for {slot}")
        probes[slot].ask(url, answer_seconds, {**headers, SLOT_HEADER: slot})

    return ask
