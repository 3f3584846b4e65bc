"""White label: an organisation's name and accent colour on its partners' pages, and the stylesheet that carries the colour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.db.unit import Unit
from hub.errors import Unprocessable
from webhooks.portal.colour import DARK_GROUND, LIGHT_GROUND, WHITE, checked, mixed, readable

LONGEST_NAME: Final = 80

# The tokens of hub.css that speak in the accent. A page names the sheet by the colour, so that nothing is written inline and
# the same address always holds the same bytes.
SHEET: Final = """:root {{
  --primary: {accent};
  --primary-deep: {deep};
  --link: {on_light};
  --calm-ink: {on_light};
  --calm-fill: {light_fill};
}}
@media (prefers-color-scheme: dark) {{
  :root {{
    --link: {on_dark};
    --ring: {on_dark};
    --calm-ink: {on_dark};
    --calm-fill: {dark_fill};
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Brand:
    """What partners see of the organisation. accent: `#rrggbb`; None: our own blue."""

    name: str
    accent: str | None
    updated_at: datetime | None


async def brand_of(unit: Unit) -> Brand:
    """The brand of the unit's organisation; its own name where none was chosen."""
    row = await unit.fetchrow(
        "select coalesce(b.name, o.name) as name, b.accent, b.updated_at "
        "from organisation o left join portal_brand b on b.org = o.id where o.id = $1",
        unit.org,
    )
    return Brand(row["name"], row["accent"], row["updated_at"]) if row else Brand("", None, None)


async def put_brand(unit: Unit, name: str | None, accent: str | None) -> Brand:
    """Choose them anew; None takes the default. Raises Unprocessable(field) for a name or a colour that does not serve."""
    if name is not None:
        name = name.strip()
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise Unprocessable(f"name must be 1 to {LONGEST_NAME} printable characters.", field="name")
    await unit.execute(
        "insert into portal_brand (org, name, accent) values ($1, $2, $3) "
        "on conflict (org) do update set name = excluded.name, accent = excluded.accent, updated_at = now()",
        unit.org, name, checked(accent) if accent is not None else None,
    )  # fmt: skip
    return await brand_of(unit)


def sheet(accent: str) -> str:
    """The stylesheet of a checked accent: buttons as it is, links as much darker or lighter as reading asks for."""
    light_fill, dark_fill = mixed(accent, WHITE, 0.92), mixed(accent, "#0b0b0d", 0.8)
    return SHEET.format(
        accent=accent,
        deep=mixed(accent, "#000000", 0.15),
        on_light=readable(accent, "#000000", LIGHT_GROUND, light_fill),
        on_dark=readable(accent, WHITE, DARK_GROUND, dark_fill),
        light_fill=light_fill,
        dark_fill=dark_fill,
    )
