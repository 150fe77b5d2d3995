"""Sealing what leaves the server or rests in its files: AES-GCM under the workbench's key, bound to its purpose."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


@final
class Seal:
    """Seals and opens bytes for one purpose; what was sealed for another does not open."""

    def __init__(self, key: bytes, purpose: str) -> None:
        self._cipher = AESGCM(hmac.digest(key, b"seal " + purpose.encode(), hashlib.sha256))
        self._purpose = purpose.encode()

    def closed(self, plain: bytes) -> str:
        """Return sealed text that may stand in a cookie or a table."""
        nonce = os.urandom(_NONCE)
        return base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, plain, self._purpose)).decode("ascii")

    def opened(self, sealed: str) -> bytes | None:
        """Return what was sealed; None where it was made up, changed, or sealed with another key."""
        try:
            raw = base64.urlsafe_b64decode(sealed.encode("ascii"))
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], self._purpose)
        except (ValueError, InvalidTag):
            return None


def sealed_digest(key: bytes, purpose: str, text: str) -> str:
    """Return a digest of a text that only this workbench can make."""
    return hmac.new(key, f"{purpose} {text}".encode(), hashlib.sha256).hexdigest()


def secret_digest(secret: str) -> str:
    """Return the digest under which a secret of a session or a token is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()
