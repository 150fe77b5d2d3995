"""What will happen to this one: matched virtual patients under each therapy, with uncertainty."""
