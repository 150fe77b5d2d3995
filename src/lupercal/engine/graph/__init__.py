"""The model's equations as a graph: traced once, rewritten, relaxed."""
