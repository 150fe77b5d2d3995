"""Titles of subsystems, as the overview prints them."""

from __future__ import annotations

from lupercal.model.system import system


def test_no_title_breaks_off_in_mid_sentence() -> None:
    """A title is the first line of a file's text; what follows it is a paragraph of its own."""
    texts = {part.name: (part.module.__doc__ or "").splitlines() for part in system().subsystems}
    assert not [name for name, lines in texts.items() if not lines[0].endswith(".") or lines[1:2] not in ([], [""])]
