"""Finds connectors and plugins among the installed packages (entry-point group `luneo`), ours through the strangers' door.

A package that cannot be loaded, wants another hub, or offers something odd is named with its version and left out; it never
takes the hub down. With LUNEO_PLUGINS_STRICT=1 it does, for those who build packages.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points, version
from typing import TYPE_CHECKING, Any

from hub.errors import ConfigurationError, NotFound
from hub.hookspecs import NAMESPACE, Hooks
from hub.ports import Connector, Manifest, Plugin, PluginManifest

if TYPE_CHECKING:
    import pluggy

OURS = "luneo-hub"
PORT = ("resources", "normalise_url", "probe", "open", "writer", "explain", "to_native", "objects_in", "sandbox")
PLUGIN = ("routers", "lean", "jobs", "housekeeping", "beside")


@dataclass(frozen=True, slots=True)
class Broken:
    """A package, or one connector of it, that was left out, and why."""

    name: str
    dist: str
    version: str
    error: str

    def __str__(self) -> str:
        return f"{self.name} ({self.dist} {self.version}): {self.error}"


@dataclass(frozen=True, slots=True)
class Registry:
    """What was found: connectors and plugins by name, and what was left out."""

    connectors: dict[str, Connector] = field(default_factory=dict)
    plugins: dict[str, Plugin] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)

    def get(self, name: str) -> Connector:
        """The connector of that name. Raises NotFound that names the known ones, and why this one is broken if it is."""
        if name in self.connectors:
            return self.connectors[name]
        reasons = [str(one) for one in self.broken if one.name == name]
        known = ", ".join(sorted(self.connectors)) or "none"
        hint = f"It is installed but broken: {reasons[0]}" if reasons else f"Known: {known}."
        raise NotFound(f"There is no connector {name!r}.", hint=hint)


class _Unfit(Exception):
    """What is wrong with a package, in words."""


def load(strict: bool = False) -> Registry:
    """Everything that is installed. Raises ConfigurationError for the first broken package when strict."""
    import pluggy

    strict = strict or os.environ.get("LUNEO_PLUGINS_STRICT", "") not in ("", "0")
    manager = pluggy.PluginManager(NAMESPACE)
    manager.add_hookspecs(Hooks)
    registry = Registry()
    for point in _points():
        dist, release = (point.dist.name, point.dist.version) if point.dist is not None else ("?", "?")
        try:
            for hook, offered in _offered(manager, point):
                (_admit if hook == "register_connectors" else _admit_plugin)(offered, registry)
        except (Exception, SystemExit) as error:
            broken = Broken(point.name, dist, release, _plainly(error))
            if strict:
                raise ConfigurationError(f"Broken package: {broken}.", hint="LUNEO_PLUGINS_STRICT is set.") from error
            registry.broken.append(broken)
    return registry


def _points() -> list[EntryPoint]:
    """Our own first, so that nobody takes their names; then by package and name."""

    def place(point: EntryPoint) -> tuple[bool, str, str]:
        dist = point.dist.name if point.dist is not None else ""
        return dist != OURS, dist, point.name

    return sorted(entry_points(group=NAMESPACE), key=place)


def _offered(manager: pluggy.PluginManager, point: EntryPoint) -> Iterator[tuple[str, Any]]:
    """What one entry point registers. Each package is asked alone: pluggy's own call would stop at the first that raises."""
    plugin = point.load()
    name = manager.register(plugin, f"{point.dist.name if point.dist else '?'}:{point.name}")
    if name is None:
        raise _Unfit("it is registered already")
    mine = [
        (hook, impl)
        for hook in (getattr(manager.hook, key) for key in vars(manager.hook) if not key.startswith("_"))
        for impl in hook.get_hookimpls()
        if impl.plugin is plugin
    ]
    unknown = sorted(hook.name for hook, impl in mine if not hook.has_spec() and not impl.optionalhook)
    if unknown:
        manager.unregister(plugin)
        raise _Unfit(f"it implements a hook that this hub does not know: {', '.join(unknown)}")
    if not mine:
        raise _Unfit("it implements no hook (hub.hookspecs)")
    for hook, impl in mine:
        for offered in impl.function():
            yield hook.name, offered


def _admit(connector: Any, registry: Registry) -> None:
    """Take a connector in. Raises _Unfit when it is not one, is made for another hub, or its name is taken."""
    manifest = getattr(connector, "manifest", None)
    if not isinstance(manifest, Manifest):
        raise _Unfit(f"{type(connector).__name__} has no manifest (hub.ports.Manifest)")
    missing = [name for name in PORT if not hasattr(connector, name)]
    if missing:
        raise _Unfit(f"{manifest.name} lacks {', '.join(missing)} (hub.ports.Connector)")
    _check_hub(manifest)
    if manifest.name in registry.connectors:
        raise _Unfit(f"the name {manifest.name} is taken by another connector")
    registry.connectors[manifest.name] = connector


def _admit_plugin(plugin: Any, registry: Registry) -> None:
    """The same for a plugin."""
    manifest = getattr(plugin, "manifest", None)
    if not isinstance(manifest, PluginManifest):
        raise _Unfit(f"{type(plugin).__name__} has no manifest (hub.ports.PluginManifest)")
    if missing := [name for name in PLUGIN if not hasattr(plugin, name)]:
        raise _Unfit(f"{manifest.name} lacks {', '.join(missing)} (hub.ports.Plugin)")
    _check_hub(manifest)
    if manifest.name in registry.plugins:
        raise _Unfit(f"the name {manifest.name} is taken by another plugin")
    registry.plugins[manifest.name] = plugin


def _check_hub(manifest: Manifest | PluginManifest) -> None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        wanted = SpecifierSet(manifest.requires_hub)
    except InvalidSpecifier:
        raise _Unfit(f"{manifest.name}: requires_hub {manifest.requires_hub!r} is no version specifier") from None
    if not wanted.contains(version(OURS), prereleases=True):
        raise _Unfit(f"{manifest.name} {manifest.version} wants a hub {manifest.requires_hub}, this is {version(OURS)}")


def _plainly(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, _Unfit) else f"{type(error).__name__}: {text}" if text else type(error).__name__
