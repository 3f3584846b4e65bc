"""`luneo doctor`: is everything here as it should be? Every finding is a level, a line, and what to do about it."""
