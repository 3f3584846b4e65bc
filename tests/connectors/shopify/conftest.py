"""Fixtures of all tests of the Shopify connector."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from graphql import GraphQLSchema
from official import official_schema as brought


@pytest.fixture(scope="session")
def official_schema() -> Callable[[str], GraphQLSchema]:
    """Shopify's own schema of a version: `official_schema("2026-10")`."""
    return brought
