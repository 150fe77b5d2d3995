"""The same engine for a graphics device."""
