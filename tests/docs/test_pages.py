"""Every code block and command of README, CONTRIBUTING and docs is run; what takes long runs with the slow tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import LANGUAGES, PAGES, ROOT, Reader, blocks, has_slow, languages


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


RUN = [page for page in PAGES if languages(page) and set(languages(page)) != {"math"}]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_says_its_language(page: Path) -> None:
    assert set(languages(page)) <= set(LANGUAGES), "a block without a known language would not be run"
    assert len(list(blocks(page))) == len(languages(page))


def read(page: Path, folder: Path, capsys: pytest.CaptureFixture[str], *, slow: bool) -> None:
    reader = Reader(folder, lambda: capsys.readouterr().out, slow)
    for block in blocks(page):
        reader.read(block)


@pytest.mark.parametrize("page", RUN, ids=name)
def test_a_page_does_what_it_says(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    read(page, tmp_path, capsys, slow=False)


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in RUN if has_slow(page)], ids=name)
def test_a_page_does_what_it_says_to_the_end(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    read(page, tmp_path, capsys, slow=True)


def test_a_wrong_page_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("```sh\nrm -r .\n```\n", "```python\nprint(1)\n```\n```text\n2\n```\n", "```sh\nmake tea\n```\n",
                 "```sh\nlupercal cases --nonsense\n```\n"):  # fmt: skip
        page = tmp_path / "page.md"
        page.write_text(text, encoding="utf-8")
        with pytest.raises(AssertionError):
            read(page, tmp_path, capsys, slow=False)
