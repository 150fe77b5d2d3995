"""One file per simulator; each has a function ``simulator(size, quick)``, or cannot be imported where it is missing."""
