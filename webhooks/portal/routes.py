"""The portal's routes together: its pages, its files, and the API that opens it."""

from __future__ import annotations

from fastapi import APIRouter

from webhooks.portal import api, catalogue, door, endpoints, messages, replays, secret


def portal_routers() -> list[APIRouter]:
    """The first that fits is asked: `/endpoints/new` stands before `/endpoints/{endpoint}`."""
    return [
        api.router,
        door.files,
        door.router,
        endpoints.router,
        secret.router,
        messages.router,
        replays.router,
        catalogue.router,
        door.rest,
    ]
