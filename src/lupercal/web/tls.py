"""HTTPS without a proxy: the certificate is looked at before anything is served, and only sound TLS is spoken."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import final

from lupercal.errors import InputError

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL"
"""For TLS 1.2: forward secrecy and authenticated encryption only; TLS 1.3 has no others."""
WARN_DAYS = 21
_EXPECTED = "a certificate with its chain, as PEM, that browsers trust"


@final
@dataclass(frozen=True, slots=True)
class Certificate:
    """Files of a certificate with its chain, and of its key, both as PEM."""

    chain: Path
    key: Path


def tls_context(given: Certificate) -> ssl.SSLContext:
    """Return what a server speaks TLS with: 1.3, or 1.2 with forward secrecy; nothing older.

    Raises
    ------
    InputError
        If certificate and key cannot be used together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_RENEGOTIATION
    try:
        context.load_cert_chain(given.chain, given.key)
    except (OSError, ssl.SSLError):
        raise InputError(given.chain, "", "what does not go with its key, or cannot be read", _EXPECTED) from None
    return context


def looked_at(given: Certificate, names: Iterable[str], now: dt.datetime) -> str:
    """Look at a certificate as a browser would and return what should be known of it; empty where there is nothing.

    Raises
    ------
    InputError
        If it has ended or has not begun, signs itself, or does not name one of the names.
    """
    from cryptography import x509  # noqa: PLC0415 - heavy, loaded when a certificate is used

    try:
        first = x509.load_pem_x509_certificates(given.chain.read_bytes())[0]
        alternatives = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        named = {name.casefold() for name in alternatives.get_values_for_type(x509.DNSName)}
    except (OSError, ValueError, x509.ExtensionNotFound):
        raise InputError(given.chain, "", "what names no host, or cannot be read", _EXPECTED) from None
    ends = first.not_valid_after_utc
    if not first.not_valid_before_utc <= now <= ends:
        raise InputError(given.chain, "", f"one that is good until {ends:%d %b %Y} only", _EXPECTED)
    if first.issuer == first.subject:
        raise InputError(given.chain, "", "one that signs itself", f"{_EXPECTED}; the clinic's own authority will do")
    for name in names:
        if not _names(named, name.casefold()):
            raise InputError(given.chain, "", f"none for {name}", _EXPECTED)
    days = (ends - now).days
    return f"The certificate ends in {days} days." if days < WARN_DAYS else ""


def _names(named: set[str], name: str) -> bool:
    return name in named or f"*.{name.partition('.')[2]}" in named
