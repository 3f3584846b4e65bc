"""A publisher, and another process's pool."""

from __future__ import annotations

from uuid import UUID

import pytest

from hub.db.engine import Database
from tests.webhooks.publish.publisher import Publisher


@pytest.fixture
def publish(db: Database, org: UUID) -> Publisher:
    return Publisher(db, org)
