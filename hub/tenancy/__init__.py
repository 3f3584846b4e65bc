"""Organisations: the tenants, our customers."""

from __future__ import annotations

from hub.tenancy.organisation import (
    Organisation,
    create_organisation,
    list_organisations,
    only_organisation,
    organisation_by_slug,
)

__all__ = ["Organisation", "create_organisation", "list_organisations", "only_organisation", "organisation_by_slug"]
