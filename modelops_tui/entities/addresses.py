"""Addresses of shared remotes: their form, and whether what is sent there could be read on the way.

It resolves none and asks nobody.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import parse_qs

from modelops_tui.errors import Problem

SCHEMES = ("mongodb", "mongodb+srv")
UNCHECKED = ("tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames", "tlsdisableocspendpointcheck")
WITHIN = (
    "must hold neither user nor password: on the command line anybody could read them. Put them into a treasure chest, "
    "with modelops treasure-chest put CHEST ENTRY.user and ENTRY.password, and name them with --credential CHEST/ENTRY."
)

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#\s]*)/?([^?#\s]*)(?:\?([^#\s]*))?")


class Address(NamedTuple):
    """An address in its parts; `netloc` may name several hosts, which addresses of web pages never do."""

    scheme: str
    netloc: str
    path: str
    query: str


def split_address(uri: str) -> Address:
    """The parts of an address, empty where it is none."""
    match = _ADDRESS.fullmatch(uri)
    return Address(match[1].lower(), match[2], match[3], match[4] or "") if match else Address("", "", "", "")


def address_problems(uri: str, credential: str, *, allow_plaintext: bool) -> list[Problem]:
    """What is wrong with an address: its form, a password inside it, or clear text to another machine."""
    problems: list[Problem] = []
    parts = split_address(uri)
    options = options_of(uri)
    if parts.scheme not in SCHEMES or not parts.netloc.rpartition("@")[2]:
        return [Problem("uri", "must be an address like mongodb://HOST/DATABASE.")]
    if _holds_login(uri):
        return [Problem("uri", WITHIN)]
    if credential and (credential.count("/") != 1 or not all(credential.split("/"))):
        problems.append(Problem("credential", "must be CHEST/ENTRY."))
    if any(options.get(name) == "true" for name in UNCHECKED):
        problems.append(Problem("uri", "must not turn off the check of the server's certificate."))
    if not allow_plaintext and in_clear_text(uri):
        problems.append(Problem("uri", "would send in clear text; add tls=true, or allow it with --allow-plaintext."))
    return problems


def database_problems(name: str, longest: int = 63) -> list[Problem]:
    """What is wrong with the name of a database."""
    if any(sign in name for sign in '/\\. "$*<>:|?\0') or not 0 < len(name.encode(errors="surrogatepass")) <= longest:
        return [Problem("database", f"must be a plain name of at most {longest} characters, not {name!r}.")]
    return []


def options_of(uri: str) -> dict[str, str]:
    """The options of an address by their names, all in small letters."""
    return {name.lower(): values[-1].lower() for name, values in parse_qs(split_address(uri).query).items()}


def _holds_login(uri: str) -> bool:
    options = options_of(uri)
    token = "aws_session_token" in options.get("authmechanismproperties", "")
    # A password with a slash or a question mark in it stands behind what looks like the host.
    return "@" in uri or token or "tlscertificatekeyfilepassword" in options


def in_clear_text(uri: str) -> bool:
    """Whether what is sent to this address could be read on its way to another machine."""
    parts = split_address(uri)
    options = options_of(uri)
    encrypted = options.get("tls", options.get("ssl", "true" if parts.scheme == "mongodb+srv" else "false")) == "true"
    hosts = parts.netloc.rpartition("@")[2].split(",")
    return not encrypted and not all(_is_loopback(host) for host in hosts)


def _is_loopback(host: str) -> bool:
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if name in ("localhost", ""):
        return bool(name)
    # A socket of this machine is written as a path.
    if name.endswith(".sock") or name.lower().startswith("%2f"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
