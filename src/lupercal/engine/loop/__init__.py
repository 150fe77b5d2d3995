"""The loop over patients and days, written once for the processor."""
