"""The pages are executed and agree with what they speak of."""
