"""Digests of the registry: SHA-256 over what is chained, HMAC-SHA-256 where a key is to stand behind it.

They are part of the file format, for people who check an audit without Lupercal; elsewhere `lupercal.files.hashing` is
the one hash.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

KEY_PURPOSE = "lupercal registry "


def chain_digest(parts: Iterable[bytes]) -> str:
    """Return the SHA-256 of parts one after the other, as hexadecimal digits."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part)
    return whole.hexdigest()


def keyed_digest(key: bytes, text: str, purpose: str) -> str:
    """Return the HMAC-SHA-256 of a text by a key that is derived for one purpose, as hexadecimal digits."""
    derived = hmac.new(key, f"{KEY_PURPOSE}{purpose}".encode(), hashlib.sha256).digest()
    return hmac.new(derived, text.encode(), hashlib.sha256).hexdigest()
