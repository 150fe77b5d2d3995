"""What do other tools see: the model in the languages of other simulators."""
