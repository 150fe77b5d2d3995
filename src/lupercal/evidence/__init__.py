"""What is known, and how do we know it: sources, parameters, units; every number with its basis."""
