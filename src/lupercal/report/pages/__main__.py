"""``python -m lupercal.report.pages docs``: write the pages that follow from code and data."""

from __future__ import annotations

import argparse
from pathlib import Path

from lupercal.files.documents import parse_json, read_text
from lupercal.report.pages.maker import write_docs, write_skill_page, write_validation

_MOST = 50_000_000  # bytes of a validation


def _run() -> None:
    """Write all pages, or with ``--validation`` or ``--skill`` one of results."""
    options = argparse.ArgumentParser(prog="python -m lupercal.report.pages", description=__doc__)
    options.add_argument("docs", type=Path, help="folder of the pages")
    options.add_argument("--validation", type=Path, metavar="FILE.json", help="what lupercal validate --json wrote")
    options.add_argument("--prior", type=Path, metavar="FILE.json", help="the same with --prior")
    options.add_argument("--skill", type=Path, metavar="FILE.json", help="what lupercal validate --skill --json wrote")
    given = options.parse_args()
    if given.skill is not None:
        write_skill_page(given.docs, parse_json(read_text(given.skill, _MOST), given.skill))
        return
    if given.validation is None:
        write_docs(given.docs)
        return
    read = [parse_json(read_text(path, _MOST), path) for path in (given.validation, given.prior) if path]
    write_validation(given.docs, *read)


if __name__ == "__main__":
    _run()
