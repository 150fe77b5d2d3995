"""Random damage to a folder of files, and what is left of it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

Damage = Callable[[Path, list[Path], random.Random], None]


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, hidden ones too."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def flip(path: Path, others: list[Path], chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def cut(path: Path, others: list[Path], chance: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: chance.randrange(len(content))])


def empty(path: Path, others: list[Path], chance: random.Random) -> None:
    path.write_bytes(b"")


def remove(path: Path, others: list[Path], chance: random.Random) -> None:
    path.unlink()


def lengthen(path: Path, others: list[Path], chance: random.Random) -> None:
    path.write_bytes(path.read_bytes() + chance.randbytes(chance.randrange(1, 9)))


def exchange(path: Path, others: list[Path], chance: random.Random) -> None:
    path.write_bytes(chance.choice(others).read_bytes())


def swap(path: Path, others: list[Path], chance: random.Random) -> None:
    other = chance.choice(others)
    mine, its = path.read_bytes(), other.read_bytes()
    path.write_bytes(its)
    other.write_bytes(mine)


def into_folder(path: Path, others: list[Path], chance: random.Random) -> None:
    path.unlink()
    path.mkdir()


def into_link(path: Path, others: list[Path], chance: random.Random) -> None:
    path.unlink()
    path.symlink_to(chance.choice([other for other in others if other != path]))


def stray(path: Path, others: list[Path], chance: random.Random) -> None:
    shutil.copy(path, path.with_name(f"{path.stem}-copy{path.suffix}"))


def half_written(path: Path, others: list[Path], chance: random.Random) -> None:
    path.with_name(f".{chance.getrandbits(64):016x}.part").write_bytes(b"half")
    path.unlink()


def number_changed(path: Path, others: list[Path], chance: random.Random) -> None:
    content = path.read_bytes()
    places = [k for k, byte in enumerate(content) if chr(byte).isdigit()] or [0]
    place = chance.choice(places)
    path.write_bytes(content[:place] + str(chance.randrange(10)).encode() + content[place + 1 :])


KINDS: tuple[Damage, ...] = (
    flip, cut, empty, remove, lengthen, exchange, swap, into_folder, into_link, stray, half_written, number_changed,
)  # fmt: skip


def damage(folder: Path, chance: random.Random) -> str:
    """Do one kind of damage to one file; return what was done, for messages."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    kind, path = chance.choice(KINDS), chance.choice(files)
    kind(path, files, chance)
    return f"{kind.__name__} of {path.name}"
