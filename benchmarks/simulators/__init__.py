"""One file per simulator. Each has a function ``simulator(size, quick)`` that raises ImportError where it is not installed."""
