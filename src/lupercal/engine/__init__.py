"""How is the model integrated, many patients at a time, with random numbers that have an address."""
