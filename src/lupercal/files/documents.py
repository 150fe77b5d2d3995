"""Reading YAML and JSON that somebody else wrote, without surprises.

Stricter than the formats: one document, no anchors (a small file can otherwise expand without bound), no tags, no
duplicate keys, no NaN or infinity, no control characters, limited size and depth. Dates and ``007`` stay text, and only
``true`` and ``false`` are booleans: YAML 1.1 would read ``no`` as false and ``12:30`` as a number.
"""

from __future__ import annotations

import json
import marshal
import math
import re
import sys
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import yaml

from lupercal.errors import InputError
from lupercal.files.hashing import content_hash, package_hash
from lupercal.files.kept import kept

_PACKAGE = Path(__file__).resolve().parents[1]
MAX_BYTES = 2_000_000
MAX_DEPTH = 40
MAX_DIGITS = 18
MAX_PARTS = 200_000


def read_document(path: Path) -> Any:
    """Read a YAML (``.yaml``, ``.yml``) or JSON (``.json``) file into plain Python values.

    Parameters
    ----------
    path
        The file to read.

    Returns
    -------
    Any
        Nested dicts, lists, text, numbers, booleans and None.

    Raises
    ------
    InputError
        If the file is missing, too large, not text, not well formed, or uses what is refused above.
    """
    path = Path(path)
    text = read_text(path)
    if not text.strip():
        raise InputError(path, "", "an empty file", "a YAML or JSON document")
    if text.lstrip().startswith("<"):
        raise InputError(path, "", "an XML or HTML document", "a YAML or JSON document")
    if path.suffix.lower() == ".json":
        return parse_json(text, path)
    return _shipped(text, path) if _PACKAGE in path.parents else parse_yaml(text, path)


def _shipped(text: str, path: Path) -> Any:
    """Return a document of the package: some two hundred are read at every start, so what was parsed once is kept."""
    name = content_hash("document", sys.version, package_hash(("files",)), text, size=16)
    return marshal.loads(kept(name, lambda: marshal.dumps(parse_yaml(text, path))))


def read_text(path: Path, max_bytes: int = MAX_BYTES) -> str:
    """Return the UTF-8 text of a regular file of at most ``max_bytes`` bytes, or raise `InputError`."""
    try:
        if not path.is_file():
            raise InputError(path, "", "a directory" if path.is_dir() else "no such file", "a readable file")
        size = path.stat().st_size
        if size > max_bytes:
            raise InputError(path, "", f"{size} bytes", f"at most {max_bytes} bytes")
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(path, "", error.strerror or str(error), "a readable file") from None
    except ValueError as error:
        raise InputError(path, "", str(error), "a readable file") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(path, "", f"byte {raw[error.start]:#04x} at {error.start}", "UTF-8 text") from None
    if "\0" in text:
        raise InputError(path, "", "a NUL character", "plain text")
    return text


def check_name(path: Path) -> None:
    """Refuse a name that is no UTF-8 text, which libraries that read tables cannot open."""
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError:
        raise InputError(path, "", "a name that is no UTF-8 text", "names of files and folders in UTF-8") from None


def parse_json(text: str, origin: object) -> Any:
    """Parse JSON text strictly; ``origin`` names it in errors."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        by_key: dict[str, Any] = {}
        for key, value in pairs:
            if key in by_key:
                raise InputError(origin, key, "the key twice", "each key once")
            by_key[key] = value
        return by_key

    def refuse(constant: str) -> float:
        raise InputError(origin, "", constant, "finite numbers only")

    try:
        value = json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise InputError(origin, f"line {error.lineno}, column {error.colno}", error.msg, "well-formed JSON") from None
    except RecursionError:
        raise InputError(origin, "", "deeper nesting", f"at most {MAX_DEPTH} levels") from None
    except ValueError:  # Python refuses to build an integer of thousands of digits
        raise InputError(origin, "", "a number of thousands of digits", f"at most {MAX_DIGITS} digits") from None
    _check(value, origin)
    return value


def parse_yaml(text: str, origin: object) -> Any:
    """Parse one YAML document strictly; ``origin`` names it in errors."""
    try:
        _check_events(text, origin)
        value = yaml.load(text, Loader=_StrictLoader)  # a safe loader, made stricter
    except _DuplicateKeyError as error:
        raise InputError(origin, f"line {error.line}: {error.key}", "the key twice", "each key once") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = (error.problem or "malformed text").removeprefix("but ").removeprefix("found ")
        raise InputError(origin, where, problem, "well-formed YAML") from None
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        raise InputError(origin, "", str(error), "well-formed YAML") from None
    _check(value, origin)
    return value


class _DuplicateKeyError(Exception):
    def __init__(self, key: object, line: int) -> None:
        self.key, self.line = key, line


class _StrictLoader(yaml.CSafeLoader):
    """YAML 1.2 core scalars; duplicate keys refused."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - as PyYAML declares it

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, value_node in node.value:
            _check_comma(node, key_node, value_node)
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | bool | None):
                raise yaml.MarkedYAMLError(problem="a key that is not a word", problem_mark=key_node.start_mark)
            if key in seen:
                raise _DuplicateKeyError(key, key_node.start_mark.line + 1)
            seen.add(key)
        return super().construct_mapping(node, deep)


def _check_comma(node: yaml.MappingNode, key: yaml.Node, value: yaml.Node) -> None:
    """Refuse words, or a number, without a value inside braces: an unquoted comma has cut a text or number in two."""
    cut = node.flow_style and isinstance(value, yaml.ScalarNode) and not value.value and not value.style
    if not cut or not isinstance(key, yaml.ScalarNode) or key.style:
        return
    if " " in key.value or key.value.isdigit():
        more = ", and numbers a point" if key.value.isdigit() else ""
        problem = f"a text cut at a comma; it needs quotes{more}"
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)


_FLOAT = r"^[-+]?(?:(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?|[0-9]+[eE][-+]?[0-9]{1,3})$"

for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("null", r"^(?:~|null|)$", "~n\0"),
    ("int", r"^[-+]?(?:0|[1-9][0-9]{0,17})$", "-+0123456789"),
    ("float", _FLOAT, "-+.0123456789"),
    ("float", r"^[-+]?\.(?:inf|nan)$", "-+."),
):
    _StrictLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))
_StrictLoader.yaml_implicit_resolvers.setdefault("", []).append(("tag:yaml.org,2002:null", re.compile(r"^$")))


def _check_events(text: str, origin: object) -> None:
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
        if count > MAX_PARTS:
            raise InputError(origin, "", f"more than {MAX_PARTS} values and brackets", "a smaller document")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        fault = _event_fault(event, depth)
        if fault:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise InputError(origin, f"line {line}", *fault)


def _event_fault(event: yaml.Event, depth: int) -> tuple[str, str] | None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        return "an anchor or alias", "values written out"
    if getattr(event, "tag", None):
        return f"the tag {getattr(event, 'tag', '')}", "plain values without tags"
    return ("deeper nesting", f"at most {MAX_DEPTH} levels") if depth > MAX_DEPTH else None


def _check(value: Any, origin: object) -> None:
    for path, leaf, depth in _leaves(value):
        if depth > MAX_DEPTH:
            raise InputError(origin, "", "deeper nesting", f"at most {MAX_DEPTH} levels")
        if isinstance(leaf, float) and not math.isfinite(leaf):
            raise InputError(origin, path, leaf, "a finite number")
        if isinstance(leaf, int) and abs(leaf) >= 10**MAX_DIGITS:
            raise InputError(origin, path, f"a number of {len(str(leaf))} digits", f"at most {MAX_DIGITS} digits")
        if isinstance(leaf, str) and _UNPRINTABLE.search(leaf):
            raise InputError(origin, path, leaf, "text without control characters")


_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _leaves(value: Any) -> Iterator[tuple[str, Any, int]]:
    """Yield the dotted path, value and depth of every leaf, and every key as a leaf of its own."""
    stack: list[tuple[str, Any, int]] = [("", value, 0)]
    while stack:
        path, node, depth = stack.pop()
        if depth <= MAX_DEPTH and isinstance(node, dict):
            yield from ((path, key, depth) for key in node)
            stack += [(f"{path}.{k}" if path else str(k), v, depth + 1) for k, v in node.items()]
        elif depth <= MAX_DEPTH and isinstance(node, list):
            stack += [(f"{path}[{i}]", v, depth + 1) for i, v in enumerate(node)]
        else:
            yield path, node, depth
