"""The whole extension surface on one screen. Entry-point group `luneo`; hooks only register, typed ports are called."""

from __future__ import annotations

from collections.abc import Sequence

import pluggy

from hub.ports import Connector, Plugin

NAMESPACE = "luneo"
hookspec = pluggy.HookspecMarker(NAMESPACE)
hookimpl = pluggy.HookimplMarker(NAMESPACE)


class Hooks:
    """What a package found under the entry-point group `luneo` may implement."""

    @hookspec
    def register_connectors(self) -> Sequence[Connector]:  # type: ignore[empty-body]
        """Connectors to offer, one object per vendor."""

    @hookspec
    def register_plugins(self) -> Sequence[Plugin]:  # type: ignore[empty-body]
        """Plugins to offer: features that know no vendor."""
