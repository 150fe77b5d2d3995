"""One file per simulator; each has a function ``simulator(size, quick)`` that raises ImportError where it is not installed."""
