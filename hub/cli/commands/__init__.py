"""One small file per word of the command line: what can be typed, and how its answer is shown."""
