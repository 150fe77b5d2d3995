"""Inputs broken at random."""
