"""Why a MongoDB server was not reached, in words, and whether anybody listens at its address. It asks for nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo import MongoClient

# What the errors of pymongo and of the system say, and what it means; the first that fits counts.
_MEANINGS = (
    (("hostname mismatch", "ip address mismatch"), "its certificate is for another name"),
    (("certificate",), "its certificate is not trusted here"),
    (("ssl", "tls"), "no secure connection came about"),
    (("refused",), "nothing listens there"),
    (("name or service", "nodename", "name resolution", "no address associated"), "its name is not known"),
    (("unreachable", "no route"), "there is no way to it"),
    (("timed out", "timeout"), "no answer came in time"),
)
_SEEN_BY_ITSELF = "the connection broke"


def reason(error: BaseException) -> str:
    """Why a server did not answer, as a part of a sentence in which nothing of its address or login stands."""
    text = str(error).lower()
    return next((words for signs, words in _MEANINGS if any(sign in text for sign in signs)), _SEEN_BY_ITSELF)


def why_nobody_listens(client: MongoClient[Any], timeout: float) -> str:
    """Why none of the servers of an address can be reached, as `reason` has it; empty when one can, or may.

    Otherwise pymongo asks a closed door again and again until its time is up. `timeout` is in seconds.
    """
    return _closed(client.topology_description.server_descriptions(), timeout)


def _closed(addresses: Iterable[tuple[str, int | None]], timeout: float) -> str:
    why = ""
    for host, port in addresses:
        if port is None:
            # A socket of this machine, which pymongo finds closed at once.
            return ""
        try:
            with socket.create_connection((host, port), timeout):
                return ""
        except (ConnectionRefusedError, socket.gaierror) as error:
            why = reason(error)
        except OSError:
            return ""
    return why
