"""The page inside Shopify's admin: App Bridge puts a session token into its one request, which connects the shop."""

from __future__ import annotations

import secrets
from html import escape
from typing import Final
from urllib.parse import urlsplit

from hub.ports import Departure

APP_BRIDGE: Final = "https://cdn.shopify.com/shopifycloud/app-bridge.js"
#: Said in text, never in markup: what went wrong is shown as it came.
SCRIPT: Final = """
const told = document.getElementById("told");
fetch(told.dataset.address, {method: "POST"}).then(async (answer) => {
  const said = await answer.json();
  told.textContent = answer.ok ? `${said.name} is connected.` : `${said.error.message} ${said.error.hint || ""}`;
}).catch(() => { told.textContent = "The hub cannot be reached. Load this page again."; });
"""


def page(shop: str, client_id: str, address: str) -> Departure:
    """The page for a verified shop: only that shop's admin may frame it, and only these two scripts run in it."""
    nonce = secrets.token_urlsafe(16)
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Luneo Hub</title>'
        f'<script src="{APP_BRIDGE}" data-api-key="{escape(client_id)}"></script></head>'
        f'<body><p id="told" data-address="{escape(urlsplit(address).path)}/token">Connecting {escape(shop)} …</p>'
        f'<script nonce="{nonce}">{SCRIPT}</script></body></html>'
    )
    policy = (
        f"default-src 'none'; script-src https://cdn.shopify.com 'nonce-{nonce}'; connect-src 'self' https://{shop} "
        f"https://cdn.shopify.com; base-uri 'none'; form-action 'none'; frame-ancestors https://{shop} https://admin.shopify.com"
    )
    return Departure(page=html, headers={"content-security-policy": policy})
