"""How does a forecast learn from visits? A particle filter, its parts, and what it says of itself."""
