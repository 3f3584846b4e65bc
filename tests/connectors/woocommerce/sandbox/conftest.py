"""Fixtures of the sandbox's tests."""

from sandbox_shop import opened, recorded, shop

__all__ = ["opened", "recorded", "shop"]
