"""Fixtures of all tests of the Shopify connector."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from graphql import GraphQLSchema
from official import official_schema as brought


@pytest.fixture(scope="session")
def official_schema() -> Callable[[str], GraphQLSchema]:
    """Shopify's own schema of a version: `official_schema("2026-10")`. Out of npm's reach the test fails with one line."""
    failed: list[str] = []  # npm is not asked twice

    def schema(version: str) -> GraphQLSchema:
        if not failed:
            try:
                return brought(version)
            except RuntimeError as error:
                failed.append(str(error))
        pytest.fail(failed[0], pytrace=False)

    return schema
