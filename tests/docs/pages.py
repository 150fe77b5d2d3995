"""Pages as programs: the blocks of a Markdown page, found by sybil, each run in the page's own folder.

- ``python`` runs; all blocks of a page share their names.
- ``sh`` runs line by line: ``lupercal`` in this process, ``make`` and ``pip install`` are looked up in the files that
  define them, nothing else is allowed.
- ``yaml``, ``csv`` and ``python`` whose first line is ``# file: NAME`` are written to that file.
- ``text`` is output: each line must stand in what the block before printed; a line of dots stands for any lines.
- ``r`` and ``math`` are not run; the test of the page says what of them is checked.
- A block after ``<!-- slow -->`` runs only where slow tests run.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from sybil import Document, Example, Region
from sybil.parsers.markdown import CodeBlockParser

from lupercal.cli.main import status

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
LANGUAGES = ("python", "sh", "yaml", "csv", "json", "text", "r", "math", "bibtex")
SLOW = "<!-- slow -->"
_FILE = re.compile(r"\A# file: (\S+)\n")
_FENCE = re.compile(r"^ {0,3}```([^\n`]*)$", re.MULTILINE)


@dataclass
class Reader:
    """Someone who works through a page: a folder, names, and the output of the last thing done."""

    folder: Path
    output: Callable[[], str]
    slow: bool
    names: dict[str, Any] = field(default_factory=dict)
    last: str = ""
    waiting: bool = False  # the block before was left out, so its output is not there

    def read(self, example: Example) -> None:
        """Do what a block says."""
        text = str(example.parsed)
        self.waiting = not self.slow and (_is_slow(example) or (self.waiting and _language(example) == "text"))
        if self.waiting:
            return
        named = _FILE.match(text)
        if named:
            (self.folder / named[1]).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / named[1]).write_text(text[named.end() :], encoding="utf-8")
            return
        done = getattr(self, f"_{_language(example)}", None)
        if done:
            done(text, example)

    def _python(self, text: str, example: Example) -> None:
        exec(compile("\n" * example.line + text, example.path, "exec"), self.names)
        self.last = self.output()

    def _sh(self, text: str, example: Example) -> None:
        said = ""
        for line in text.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words:
                self.last = ""
                _command(words, line)
                said += self.output()
        self.last = said

    def _yaml(self, text: str, example: Example) -> None:
        yaml.safe_load(text)

    def _text(self, text: str, example: Example) -> None:
        said = " ".join(self.last.split())
        for line in text.splitlines():
            wanted = " ".join(line.split())
            assert not wanted.strip(".…") or wanted in said, f"{example.path}:{example.line}: not printed: {line!r}"


def blocks(page: Path) -> Iterator[Example]:
    """Yield the blocks of a page in order."""
    parsers = [_tagged(language) for language in LANGUAGES]
    yield from Document.parse(str(page), *parsers).examples()


def languages(page: Path) -> list[str]:
    """Return the languages of all opening fences of a page; directives of the site, in braces, are the build's."""
    fences: list[str] = _FENCE.findall(page.read_text(encoding="utf-8"))
    return [one.strip() for one in fences[::2] if not one.startswith("{")]


def has_slow(page: Path) -> bool:
    """Return whether a page has blocks that take long."""
    return SLOW in page.read_text(encoding="utf-8")


def _tagged(language: str) -> Callable[[Document], Iterator[Region]]:
    def parse(document: Document) -> Iterator[Region]:
        for region in CodeBlockParser(language, evaluator=lambda example: None)(document):
            region.parsed = _Text(str(region.parsed))
            region.parsed.language = language
            yield region

    return parse


class _Text(str):
    """The text of a block that remembers its language."""

    language = ""


def _language(example: Example) -> str:
    return str(example.parsed.language)


def _is_slow(example: Example) -> bool:
    return example.document.text[: example.start].rstrip().endswith(SLOW)


def _command(words: list[str], line: str) -> None:
    if words[0] == "lupercal":
        assert status(words[1:]) == 0, line
    elif words[0] == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert set(words[1:]) <= set(targets), line
    elif words[:2] == ["pip", "install"]:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        asked = re.findall(r"lupercal\[([\w,]+)\]", line)
        assert {one for group in asked for one in group.split(",")} <= set(project["optional-dependencies"]), line
    else:
        raise AssertionError(f"the pages may not ask for {words[0]!r}: {line}")
