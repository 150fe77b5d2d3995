"""HTTPS without a proxy: sound TLS only, a certificate that browsers would take, nothing in the clear."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lupercal.errors import InputError, LupercalError
from lupercal.web.app import create_app
from lupercal.web.reached import Reached, check_way_to, reached_by
from lupercal.web.serving import server_of
from lupercal.web.settings import settings_in
from lupercal.web.tls import Certificate, looked_at, tls_context

NAME = "lupus.clinic.test"
NOW = dt.datetime.now(dt.UTC)


class Authority:
    """An authority of the clinic's own, which certifies hosts."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "The clinic's authority")])
        self.root = folder / "root.pem"
        self.root.write_bytes(_pem(self._certified(self.name, self.key, None, 3650)))

    def certificate(self, *names: str, days: int = 365, signs_itself: bool = False, title: str = "host") -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = self.name if signs_itself else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a host")])
        made = self._certified(subject, key, names, days)
        chain, kept = self.folder / f"{title}.pem", self.folder / f"{title}.key"
        chain.write_bytes(_pem(made))
        kept.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return Certificate(chain, kept)

    def _certified(self, subject: x509.Name, key: Any, names: tuple[str, ...] | None, days: int) -> x509.Certificate:
        start = NOW - dt.timedelta(days=2)
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(start)
            .not_valid_after(NOW + dt.timedelta(days=days, hours=1))
            .add_extension(x509.BasicConstraints(ca=names is None, path_length=None), critical=True)
        )  # fmt: skip
        if names:
            alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
            builder = builder.add_extension(alternatives, critical=False)
        return builder.sign(self.key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def port(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Serve a workbench over HTTPS on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    settings = replace(settings_in(tmp_path_factory.mktemp("https"), hosts=(NAME,)), secure=True)
    reached = Reached(port=free, certificate=authority.certificate(NAME), name=NAME)
    server = server_of(create_app(settings), reached)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield free
    server.should_exit = server.force_exit = True
    thread.join(10)


def spoken(authority: Authority, port: int, **limits: Any) -> tuple[str, str, str]:
    """Ask for the first page over TLS; return version, cipher and the answer."""
    context = ssl.create_default_context(cafile=str(authority.root))
    context.maximum_version = limits.get("most", ssl.TLSVersion.MAXIMUM_SUPPORTED)
    context.minimum_version = limits.get("least", ssl.TLSVersion.TLSv1_2)
    if "ciphers" in limits:
        context.set_ciphers(limits["ciphers"])
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname=NAME) as connection,
    ):
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        return str(connection.version()), str((connection.cipher() or ("",))[0]), answer


def test_https_is_spoken_with_the_latest_tls_and_remembered(authority: Authority, port: int) -> None:
    version, _, answer = spoken(authority, port)
    assert version == "TLSv1.3"
    assert answer.startswith("HTTP/1.1 200")
    assert "strict-transport-security: max-age=31536000" in answer.lower()


def test_tls_1_2_is_spoken_with_forward_secrecy_only(authority: Authority, port: int) -> None:
    version, cipher, answer = spoken(authority, port, most=ssl.TLSVersion.TLSv1_2)
    assert version == "TLSv1.2"
    assert cipher.startswith("ECDHE")
    assert "GCM" in cipher or "CHACHA20" in cipher
    assert answer.startswith("HTTP/1.1 200")
    for weak in ("AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA", "AES128-SHA"):
        with pytest.raises(ssl.SSLError):
            spoken(authority, port, most=ssl.TLSVersion.TLSv1_2, ciphers=f"{weak}:@SECLEVEL=0")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_older_tls_is_not_spoken(authority: Authority, port: int, version: ssl.TLSVersion) -> None:
    assert tls_context(authority.certificate(NAME, title="other")).minimum_version == ssl.TLSVersion.TLSv1_2
    with pytest.warns(DeprecationWarning, match="TLSv1"), pytest.raises(ssl.SSLError):
        spoken(authority, port, most=version, least=version, ciphers="ALL:@SECLEVEL=0")


def test_nothing_is_answered_in_the_clear_on_that_port(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        plain.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        plain.settimeout(10)
        try:
            answer = plain.recv(65536)
        except ConnectionError:
            answer = b""
    assert b"HTTP/1.1 200" not in answer


def test_a_certificate_that_browsers_refuse_is_refused_at_start(authority: Authority, tmp_path: Path) -> None:
    assert looked_at(authority.certificate(NAME, title="good"), [NAME], NOW) == ""
    assert looked_at(authority.certificate("*.clinic.test", title="wild"), [NAME], NOW) == ""
    assert "ends in 5 days" in looked_at(authority.certificate(NAME, days=5, title="soon"), [NAME], NOW)
    wrong = {
        "one that signs itself": authority.certificate(NAME, signs_itself=True, title="self"),
        "is good until|good until": authority.certificate(NAME, days=-1, title="old"),
        "none for": authority.certificate("other.test", title="named"),
        "names no host": authority.certificate(title="nameless"),
    }
    for said, one in wrong.items():
        with pytest.raises(InputError, match=said):
            looked_at(one, [NAME], NOW)
    (tmp_path / "text.pem").write_text("no certificate", encoding="utf-8")
    for chain in (tmp_path / "text.pem", tmp_path / "none.pem"):
        with pytest.raises(InputError):
            looked_at(Certificate(chain, chain), [NAME], NOW)
    mixed = Certificate(authority.certificate(NAME, title="a").chain, authority.certificate(NAME, title="b").key)
    with pytest.raises(InputError, match="does not go with its key"):
        tls_context(mixed)


def test_ways_that_others_could_read_along_are_refused(authority: Authority) -> None:
    good = authority.certificate(NAME, title="ways")
    said: list[str] = []
    reached = reached_by("0.0.0.0", 443, good.chain, good.key, False, (NAME,), said.append)
    assert (reached.secure, reached.address, said) == (True, f"https://{NAME}:443", [])
    assert reached_by("0.0.0.0", 8000, None, None, True, (NAME,), said.append).secure
    for given in ((None, None, ()), (good.chain, None, (NAME,)), (good.chain, good.key, ())):
        with pytest.raises(LupercalError, match=r"--certificate"):
            reached_by("0.0.0.0", 443, given[0], given[1], False, given[2], said.append)


@pytest.mark.parametrize(
    ("place", "refused"),
    [
        ("postgresql://u:p@db.clinic.test/l", True),
        ("postgresql://u:p@db.clinic.test/l?sslmode=require", True),
        ("postgresql://u:p@db.clinic.test/l?sslmode=verify-full", False),
        ("postgresql://u:p@localhost/l", False),
        ("postgresql:///l?host=/var/run/postgresql", False),
        ("postgresql:///l?host=db.clinic.test", True),
    ],
)
def test_a_database_elsewhere_is_reached_by_verified_tls_only(place: str, refused: bool) -> None:
    if not refused:
        check_way_to(place)
        return
    with pytest.raises(LupercalError, match="verify-full") as told:
        check_way_to(place)
    assert "u:p" not in str(told.value)
