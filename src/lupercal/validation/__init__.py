"""What would published studies have seen? Studies as virtual trials, observed beside predicted."""
