"""What studies measure, computed from the visits of a virtual trial: one registry row per end point."""
