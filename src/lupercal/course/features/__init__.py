"""What is read off people's simulated lives: activity, flares, entry, death, patterns."""
