"""The compiled engine on the processor: built, stored, called."""
