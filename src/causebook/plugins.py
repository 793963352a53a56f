"""Finds the modules of a package by file name, plus entry points of the same group; the only registry there is."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from causebook.errors import ConfigError


def names(package: str) -> tuple[str, ...]:
    """Names of the modules in ``package``, sorted, without importing them; those that start with ``_`` are left out."""
    parent = importlib.import_module(package)
    return tuple(sorted(m.name for m in pkgutil.iter_modules(parent.__path__) if not m.name.startswith("_")))


def modules(package: str) -> dict[str, ModuleType]:
    """Every module of ``package`` and every entry point of the group ``package``, by name.

    Raises:
        ConfigError: an installed plug-in cannot be imported, or takes a name that is in use.
    """
    from importlib import metadata  # a fifth of the start of a verb that needs no plug-ins

    found = {name: importlib.import_module(f"{package}.{name}") for name in names(package)}
    for point in metadata.entry_points(group=package):
        if point.name in found:
            raise ConfigError(f"plug-in {point.value!r} takes the name {point.name!r}, which {package} already has")
        try:
            module = point.load()
        except Exception as error:
            raise ConfigError(f"plug-in {point.value!r} cannot be imported: {error}") from error
        found[point.name] = module
    return found
