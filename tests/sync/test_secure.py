"""Passwords, certificates and the role that can add to the log but never take from it, on a real server."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pymongo import MongoClient
from pymongo.errors import OperationFailure
from secantus import SecantusDBServer

from modelops_tui.adapters.mongo_remote import MongoRemote, open_mongo_remote
from modelops_tui.errors import OutsideMissing
from modelops_tui.ports_remote import Login, RemoteAddress
from modelops_tui.services import sync
from tests.servers import guarded_server
from tests.sync.conftest import Laptop, meet
from tests.sync.test_private import CANARY
from tests.sync.wire import Proxy

pytestmark = pytest.mark.slow

SECRET = f"secret-{CANARY}"
HERE = "mongodb://127.0.0.1"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[int]:
    """A server that asks who comes: `ada` may write the views, and find and insert in the log."""

    def prepare(client: Any) -> None:
        only_add = {"resource": {"db": "team_log", "collection": ""}, "actions": ["find", "insert"]}
        client["team_log"].command("createRole", "adder", privileges=[only_add], roles=[])
        roles = [{"role": "adder", "db": "team_log"}, {"role": "readWrite", "db": "team"}]
        client["admin"].command("createUser", "ada", pwd=SECRET, roles=roles)

    with guarded_server(tmp_path / "server", prepare) as port:
        yield port


def connect(port: int, username: str = "ada", password: str = SECRET) -> MongoRemote:
    return open_mongo_remote(RemoteAddress(f"{HERE}:{port}/?directConnection=true", "team"), Login(username, password))


def test_find_and_insert_on_the_log_are_enough_and_nothing_can_be_erased(
    ada: Laptop, bob: Laptop, guarded: int
) -> None:
    proxy = Proxy(guarded)
    ada.remote, bob.remote = connect(proxy.port), connect(proxy.port)
    ada.new("project", "iris")
    meet(ada, bob)
    ada.set("project", "iris", desc="edited")
    bob.remove("project", "iris")
    meet(ada, bob)
    assert sync.verify_remote(ada.home, ada.remote) == []
    client: MongoClient[dict[str, Any]] = MongoClient(
        "127.0.0.1", guarded, directConnection=True, username="ada", password=SECRET
    )
    log = client["team_log"]["_log"]
    for erase in (
        lambda: log.delete_many({}),
        lambda: log.update_many({}, {"$set": {"z": b""}}),
        lambda: log.replace_one({"_id": 1}, {"_id": 1}),
        lambda: log.drop(),
        lambda: client.drop_database("team_log"),
        lambda: log.find_one_and_delete({"_id": 1}),
    ):
        with pytest.raises(OperationFailure):
            erase()
    client.close()
    assert SECRET.encode() not in bytes(proxy.captured)
    for laptop in (ada, bob):
        laptop.remote.close()
    proxy.close()


@pytest.mark.parametrize(("username", "password"), [("ada", "wrong"), ("eve", SECRET), ("", "")])
def test_wrong_credentials_are_a_sentence_without_them(ada: Laptop, guarded: int, username: str, password: str) -> None:
    ada.remote = connect(guarded, username, password)
    with pytest.raises(OutsideMissing) as failure:
        ada.sync()
    told = f"{failure.value.says} {failure.value.hint}"
    assert "credentials" in told and SECRET not in told and "wrong" not in told
    assert not username or ("looked for in its database admin." in told and "authSource=" in told)
    ada.remote.close()


def make_certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """A certificate of its own authority for one host, and the file of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"test {host}")])
    now = datetime.datetime.now(datetime.UTC)
    alternative: list[x509.GeneralName] = (
        [x509.IPAddress(ip_address(host))] if host[0].isdigit() else [x509.DNSName(host)]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(alternative), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir()
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(plain)
    return folder / "cert.pem", folder / "key.pem"


def test_certificates_are_checked_and_nothing_goes_in_clear_text(ada: Laptop, bob: Laptop, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path / "right", "127.0.0.1")
    other, _ = make_certificate(tmp_path / "other", "127.0.0.1")
    server = SecantusDBServer(
        storage_path=str(tmp_path / "server"), tls_cert_file=str(certificate), tls_key_file=str(key)
    )
    server.start()
    proxy = Proxy(server.port)
    try:
        uri = f"{HERE}:{server.port}/?directConnection=true&tls=true"
        ada.new("project", "iris", desc=CANARY)
        ada.remote = open_mongo_remote(RemoteAddress(uri, "team", str(certificate)))
        ada.sync()
        bob.remote = open_mongo_remote(RemoteAddress(uri, "team", str(certificate)))
        bob.sync()
        assert bob.get("project", "iris")["desc"] == CANARY
        for address, authority, why in (
            (uri, str(other), "its certificate is not trusted here"),
            (uri, "", "its certificate is not trusted here"),
            (uri.replace("127.0.0.1", "localhost"), str(certificate), "its certificate is for another name"),
            (uri.replace("&tls=true", ""), "", "does not answer"),
        ):
            bob.remote = open_mongo_remote(RemoteAddress(address, "team", authority, timeout=0.5))
            with pytest.raises(OutsideMissing, match=why):
                bob.sync()
            bob.remote.close()
        ada.remote.close()
    finally:
        proxy.close()
        server.stop()
