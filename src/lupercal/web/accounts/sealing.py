"""Sealing what leaves the server or rests in its files, under the workbench's key and bound to its purpose.

What is sealed names its cipher, so that another one can take over: the one in use seals, all of `CIPHERS` open.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

CIPHERS: dict[str, type[AESGCM] | type[ChaCha20Poly1305]] = {"1": AESGCM, "2": ChaCha20Poly1305}
"""Authenticated ciphers with a key of 256 bits and a nonce of 96 by the mark that what they sealed bears."""
IN_USE = "1"
_NONCE = 12
_FIRST = "1"
"""What sealed texts without a mark were sealed by."""


@final
class Seal:
    """Seals and opens bytes for one purpose; what was sealed for another does not open."""

    def __init__(self, key: bytes, purpose: str) -> None:
        self._key, self._purpose = hmac.digest(key, b"seal " + purpose.encode(), hashlib.sha256), purpose.encode()

    def closed(self, plain: bytes) -> str:
        """Return sealed text that may stand in a cookie or a table."""
        nonce = os.urandom(_NONCE)
        sealed = nonce + CIPHERS[IN_USE](self._key).encrypt(nonce, plain, self._purpose)
        return f"{IN_USE}.{base64.urlsafe_b64encode(sealed).decode('ascii')}"

    def opened(self, sealed: str) -> bytes | None:
        """Return what was sealed; None where it was made up, changed, or sealed with another key."""
        mark, marked, body = sealed.partition(".")
        try:
            cipher = CIPHERS[mark if marked else _FIRST](self._key)
            raw = base64.urlsafe_b64decode((body if marked else sealed).encode("ascii"))
            return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], self._purpose)
        except (KeyError, ValueError, InvalidTag):
            return None

    def is_current(self, sealed: str) -> bool:
        """Whether a text opens and was sealed by the cipher in use."""
        return sealed.startswith(f"{IN_USE}.") and self.opened(sealed) is not None


def sealed_digest(key: bytes, purpose: str, text: str) -> str:
    """Return a digest of a text that only this workbench can make."""
    return hmac.new(key, f"{purpose} {text}".encode(), hashlib.sha256).hexdigest()


def secret_digest(secret: str) -> str:
    """Return the digest under which a secret of a session or a token is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()
