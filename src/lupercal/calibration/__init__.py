"""Typical values fitted to published figures: steps, smoother, accepted sets, recovery and sensitivity."""
