"""Keys of a registry: a ring of them in a file beside the database, and one key per person that they protect.

Every person has a key of its own, kept in the database, encrypted by the first key of the ring (AES-256-GCM). Names,
contacts and all free text are encrypted by the person's key, bound to table, row and column. Destroying the person's
key makes all of it unreadable at once. The ring lies outside the database, so that neither file alone tells a name.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from lupercal.errors import InputError, LupercalError
from lupercal.files.writing import write_private
from lupercal.registry.digests import keyed_digest

KEY_BYTES = 32
CIPHERS: dict[str, tuple[bytes, type[AESGCM] | type[ChaCha20Poly1305]]] = {
    "AES-256-GCM": (b"", AESGCM), "ChaCha20-Poly1305": (b"\x00cc20p1305\x00", ChaCha20Poly1305),
}  # fmt: skip
"""Authenticated ciphers by name, each with the mark that what it encrypted begins with."""
CIPHER_VARIABLE = "LUPERCAL_CIPHER"
"""Names the cipher that encrypts from now on; all of `CIPHERS` decrypt."""
NONCE_BYTES = 12  # as NIST SP 800-38D recommends for random nonces
_EXPECTED = "a key ring, as lupercal registry init writes it"


@final
@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by name, newest first: the first encrypts, all decrypt. ``erased`` are pseudonyms that stay erased.

    The list of erased persons makes a backup that is older than an erasure forget them again when it is restored.
    """

    path: Path
    keys: Mapping[str, bytes]
    erased: tuple[str, ...] = ()

    @property
    def newest(self) -> str:
        """Name of the key that encrypts."""
        return next(iter(self.keys))

    def wrap(self, key: bytes, person: str) -> tuple[str, bytes]:
        """Return name of the ring's key and the person's key encrypted by it."""
        return self.newest, sealed(self.keys[self.newest], key, f"person_key|{person}")

    def unwrap(self, name: str, wrapped: bytes, person: str) -> bytes:
        """Return a person's key; raise `LupercalError` where the ring does not have the key it was encrypted by."""
        key = self._key(name)
        if key is None:
            raise LupercalError(f"{self.path}: the key ring lacks key {name}, by which this registry is encrypted")
        return opened_seal(key, wrapped, f"person_key|{person}")

    def stamp(self, text: str, name: str | None = None) -> tuple[str, str]:
        """Return name of a key and the keyed digest (HMAC-SHA-256) of a text by it."""
        used = name or self.newest
        key = self._key(used)
        return used, "" if key is None else keyed_digest(key, text, "stamp")

    def blind(self, text: str) -> str:
        """Return a keyed digest by which an exact text can be looked up without being stored.

        The oldest key makes it, so that it stays the same when keys are added.
        """
        oldest = list(self.keys.values())[-1]
        return keyed_digest(oldest, text.strip().casefold(), "blind")

    def with_key(self) -> KeyRing:
        """Return the ring with a new key in front."""
        name = f"k{len(self.keys) + 1}-{secrets.token_hex(4)}"
        return replace(self, keys={name: secrets.token_bytes(KEY_BYTES), **self.keys})

    def forgetting(self, person: str) -> KeyRing:
        """Return the ring with one more person that stays erased."""
        return replace(self, erased=tuple(sorted({*self.erased, person})))

    def _key(self, name: str) -> bytes | None:
        """Return a key; one that another process has added since is read from the file."""
        if name in self.keys or not self.path.is_file():
            return self.keys.get(name)
        return read_ring(self.path).keys.get(name)

    def write(self) -> None:
        """Write the ring, whole or not at all, readable by its owner alone."""
        rows = [{"name": name, "key": key.hex()} for name, key in self.keys.items()]
        write_private(self.path, json.dumps({"keys": rows, "erased": list(self.erased)}, indent=1))


def new_ring(path: Path) -> KeyRing:
    """Return a ring with one new key; nothing is written yet."""
    return KeyRing(path, {}).with_key()


def read_ring(path: Path) -> KeyRing:
    """Read a key ring; raise `InputError` where there is none."""
    data: Any = _read_keys(path)
    try:
        keys = {str(row["name"]): bytes.fromhex(row["key"]) for row in data["keys"]}
        ring = KeyRing(path, keys, tuple(map(str, data.get("erased", ()))))
    except (TypeError, KeyError, ValueError, AttributeError):
        raise InputError(path, "", "something else", _EXPECTED) from None
    if not keys or any(len(key) != KEY_BYTES for key in keys.values()):
        raise InputError(path, "keys", "no usable key", _EXPECTED)
    return ring


def _read_keys(path: Path) -> dict[str, object]:
    if not path.is_file():
        raise InputError(path, "", "no such file", f"{_EXPECTED}; without it names and notes cannot be read")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError(path, "", "something else", _EXPECTED) from None
    return data if isinstance(data, dict) else {}


def random_key() -> bytes:
    """Return a new random key of 256 bits."""
    return secrets.token_bytes(KEY_BYTES)


def sealed(key: bytes, content: bytes, place: str) -> bytes:
    """Return content encrypted and bound to a place (table, row, column); mark of the cipher and nonce stand in front.

    The cipher is AES-256-GCM, or the one that ``LUPERCAL_CIPHER`` names.
    """
    mark, cipher = _in_use()
    nonce = secrets.token_bytes(NONCE_BYTES)
    return mark + nonce + cipher(_for(key, mark)).encrypt(nonce, content, place.encode())


def opened_seal(key: bytes, content: bytes, place: str) -> bytes:
    """Return what `sealed` encrypted; raise `LupercalError` where content, key or place was changed."""
    for mark, cipher in reversed(CIPHERS.values()):
        nonce, rest = content[len(mark) :][:NONCE_BYTES], content[len(mark) + NONCE_BYTES :]
        if content.startswith(mark):
            with suppress(InvalidTag, ValueError):
                return cipher(_for(key, mark)).decrypt(nonce, rest, place.encode())
    raise LupercalError(f"registry: what is encrypted at {place} was changed or belongs to another key")


def _in_use() -> tuple[bytes, type[AESGCM] | type[ChaCha20Poly1305]]:
    named = os.environ.get(CIPHER_VARIABLE) or next(iter(CIPHERS))
    if named not in CIPHERS:
        raise InputError(CIPHER_VARIABLE, "", named, f"one of {', '.join(CIPHERS)}")
    return CIPHERS[named]


def _for(key: bytes, mark: bytes) -> bytes:
    """Return the key for a cipher: no key serves two of them."""
    return hmac.digest(key, mark, "sha256") if mark else key
