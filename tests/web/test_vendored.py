"""Files of others are unchanged, named with version and licence; nothing on a page comes from elsewhere."""

from __future__ import annotations

import hashlib
import re

import pytest
import yaml

from lupercal.web.app import STATIC
from lupercal.web.rendering import TEMPLATES

VENDOR = STATIC / "vendor"
LISTED = yaml.safe_load((VENDOR / "vendored.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(path.name for path in VENDOR.glob("*.js")))
def test_vendored_files_are_what_the_list_says(name: str) -> None:
    row = LISTED[name]
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == row["sha256"]
    assert row["version"] in name
    assert (VENDOR / row["licence_file"]).read_text(encoding="utf-8").strip()


def test_nothing_is_listed_that_is_not_there() -> None:
    assert sorted(LISTED) == sorted(path.name for path in VENDOR.glob("*.js"))


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_templates_load_nothing_from_elsewhere_and_nothing_inline(path: object) -> None:
    text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    assert not re.search(r"https?://", text)
    assert not re.search(r"\s(style|on\w+)=|<style|<script(?![^>]*\ssrc=)|javascript:|\|\s*safe", text)
