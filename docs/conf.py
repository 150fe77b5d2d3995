"""How the pages are built: strictly, without a network, with nothing fetched by the pages.

Markdown by MyST, docstrings by numpydoc, equations as MathML (no script needed), figures drawn while building.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from docutils.nodes import SkipNode
from latex2mathml.converter import convert

from lupercal import __version__

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from draw_figures import draw_all  # noqa: E402 - it lies beside this file

project = "Lupercal"
author = copyright = "The Lupercal developers"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["built"]
nitpicky = True
nitpick_ignore_regex = [
    (r"py:.*", r".*")
]  # types of other libraries have no inventory here, for there is no network; links between pages stay strict
myst_enable_extensions = ["dollarmath"]
myst_fence_as_directive = ["math"]
myst_heading_anchors = 3
suppress_warnings = ["myst.xref_ambiguous", "misc.highlighting_failure"]
autosummary_generate = False
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
default_role = "code"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
html_theme = "pydata_sphinx_theme"
html_title = f"Lupercal {version}"
html_show_sourcelink = False
html_copy_source = False
html_static_path = ["static"]
html_css_files = ["pages.css"]
html_math_renderer = "mathml"
html_theme_options = {
    "show_toc_level": 2,
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def setup(app: Any) -> None:
    """Add what Sphinx lacks here: MathML, and figures that are drawn while the pages are built."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    app.connect("builder-inited", lambda app: _draw())
    app.connect("source-read", _repository_links)


def _inline(self: Any, node: Any) -> None:
    self.body.append(convert(node.astext()))
    raise SkipNode


def _display(self: Any, node: Any) -> None:
    text = node.astext().replace("{aligned}", "{align*}")  # the converter knows the starred form
    self.body.append(f'<div class="math" style="overflow-x: auto">{convert(text, display="block")}</div>')
    raise SkipNode


def _draw() -> None:
    draw_all(HERE / "built")


def _repository_links(app: Any, name: str, source: list[str]) -> None:
    """Turn links to files beside the pages (README, CONTRIBUTING) into plain text: the site holds the pages alone."""
    source[0] = re.sub(r"\[([^\]]+)\]\((?:\.\./)+(?:README|CONTRIBUTING|CHANGELOG)[^)]*\)", r"\1", source[0])
