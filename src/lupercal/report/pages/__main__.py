"""``python -m lupercal.report.pages docs``: write the pages that follow from code and data."""

from __future__ import annotations

import argparse
from pathlib import Path

from lupercal.files.documents import parse_json, read_text
from lupercal.report.pages.maker import write_docs, write_validation

_MOST = 50_000_000  # bytes of a validation


def _run() -> None:
    """Write all pages, or with ``--validation`` that of a validation."""
    options = argparse.ArgumentParser(prog="python -m lupercal.report.pages", description=__doc__)
    options.add_argument("docs", type=Path, help="folder of the pages")
    options.add_argument("--validation", type=Path, metavar="FILE.json", help="what lupercal validate --json wrote")
    options.add_argument("--prior", type=Path, metavar="FILE.json", help="the same with --prior")
    given = options.parse_args()
    if given.validation is None:
        write_docs(given.docs)
        return
    read = [parse_json(read_text(path, _MOST), path) for path in (given.validation, given.prior) if path]
    write_validation(given.docs, *read)


if __name__ == "__main__":
    _run()
