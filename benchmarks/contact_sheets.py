"""Contact sheets of the pages' pictures, to look at every page with one's own eyes.

    SHOTS=FOLDER pytest tests/web/test_walk.py tests/web/test_states.py -k axe     # takes the pictures
    python -m benchmarks.contact_sheets FOLDER OUT [--columns 4] [--width 480] [--height 760] [--match 1280-light]

Each sheet holds up to two rows; long pages are cut at ``--height`` (of the sheet) and say so by a line at their foot.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image, ImageDraw


def sheets(folder: Path, out: Path, given: argparse.Namespace) -> int:
    """Write the sheets and return how many."""
    out.mkdir(parents=True, exist_ok=True)
    pictures = sorted(path for path in folder.glob("*.png") if given.match in path.stem)
    part = given.columns * given.rows
    for number, first in enumerate(range(0, len(pictures), part)):
        some = pictures[first : first + part]
        sheet = Image.new("RGB", (given.columns * (given.width + 8), given.rows * (given.height + 26)), "#888")
        for place, path in enumerate(some):
            x, y = place % given.columns * (given.width + 8), place // given.columns * (given.height + 26)
            with Image.open(path) as picture:
                scale = given.width / picture.width
                shown = picture.convert("RGB").resize((given.width, max(1, round(picture.height * scale))))
            sheet.paste(shown.crop((0, 0, given.width, min(given.height, shown.height))), (x, y + 18))
            more = f" ... {shown.height - given.height} px more" if shown.height > given.height else ""
            ImageDraw.Draw(sheet).text((x + 2, y + 2), path.stem + more, fill="white")
        sheet.save(out / f"{given.match or 'all'}-{number:02d}.png")
    return -(-len(pictures) // part)


def main() -> None:
    """Make the sheets."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("out", type=Path)
    options.add_argument("--columns", type=int, default=4)
    options.add_argument("--rows", type=int, default=2)
    options.add_argument("--width", type=int, default=480)
    options.add_argument("--height", type=int, default=760)
    options.add_argument("--match", default="")
    given = options.parse_args()
    print(f"{sheets(given.folder, given.out, given)} sheets")


if __name__ == "__main__":
    main()
