"""Runnable comparisons with peers, printed as ratios. Nothing of the product imports this package."""
