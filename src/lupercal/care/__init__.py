"""What does a physician do on seeing this? Protocols of care as rules: when something is seen, something is done."""
