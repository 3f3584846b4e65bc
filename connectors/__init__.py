"""Connectors: one vendor, one folder, the same furniture in each. They never import each other."""
