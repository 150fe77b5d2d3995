"""Is it safe to think of it at all? General safety before every programme and every therapy, as data with sources."""
