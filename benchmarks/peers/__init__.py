"""The frameworks we are compared with: each runs as a command of its own environment, on the same store."""
