"""`luneo demo`: a shop, a hub and the way between them, shown on this machine in under a minute."""
