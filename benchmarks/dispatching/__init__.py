"""What `benchmarks.dispatch` is made of: the ground, the publisher, the sink, the pattern beside us, the picture."""
