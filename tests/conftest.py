"""Property tests draw the same examples every time, so that a failure is the change's and not the day's luck.

``LUPERCAL_EXPLORE=1`` lets them search anew; what they find then belongs into an explicit example.
"""

from __future__ import annotations

import os

from hypothesis import settings

from lupercal.files.cores import plain_algebra

plain_algebra()  # as the command line does; before anything loads NumPy
settings.register_profile("fixed", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile("explore" if os.environ.get("LUPERCAL_EXPLORE") else "fixed")
