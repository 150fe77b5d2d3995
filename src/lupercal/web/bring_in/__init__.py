"""Bringing patients in from files: shown line by line, taken in when accepted, merged with who is known."""
