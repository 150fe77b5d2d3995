"""Published studies as virtual trials: the same design, on virtual patients picked at a simulated visit."""
