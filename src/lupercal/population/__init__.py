"""Which virtual patients: drawn from distributions, burnt in, kept when plausible."""
