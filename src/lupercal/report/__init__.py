"""What does a person see: figures (one per file), tables, self-contained HTML."""
