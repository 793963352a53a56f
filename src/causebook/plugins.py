"""Finds the modules of a package by file name, plus entry points of the same group; the only registry there is."""

from __future__ import annotations

import contextlib
import importlib
import os
import pkgutil
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING

from causebook.errors import ConfigError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


def names(package: str) -> tuple[str, ...]:
    """Names of the modules in ``package``, sorted, without importing them; those that start with ``_`` are left out."""
    parent = importlib.import_module(package)
    return tuple(sorted(m.name for m in pkgutil.iter_modules(parent.__path__) if not m.name.startswith("_")))


def modules(package: str) -> dict[str, ModuleType]:
    """Every module of ``package`` and every entry point of the group ``package``, by name.

    Raises:
        ConfigError: an installed plug-in cannot be imported, or takes a name that is in use.
    """
    found = {name: importlib.import_module(f"{package}.{name}") for name in names(package)}
    for point in _entry_points(package):
        if point.name in found:
            raise ConfigError(f"plug-in {point.value!r} takes the name {point.name!r}, which {package} already has")
        try:
            module = point.load()
        except Exception as error:
            raise ConfigError(f"plug-in {point.value!r} cannot be imported: {error}") from error
        found[point.name] = module
    return found


def module(package: str, name: str) -> ModuleType:
    """The module ``name`` of ``package``: of one's own modules only this one is imported."""
    return importlib.import_module(f"{package}.{name}") if name in names(package) else modules(package)[name]


def points(package: str) -> tuple[str, ...]:
    """Names of the entry points of the group ``package``, without importing them."""
    return tuple(point.name for point in _entry_points(package))


def _entry_points(group: str) -> Iterable[EntryPoint]:
    if not any(_may_declare(folder or ".", group.encode()) for folder in sys.path):
        return ()
    from importlib import metadata  # a tenth of the start of a verb that needs no plug-ins

    return metadata.entry_points(group=group)


def _may_declare(folder: str, group: bytes) -> bool:
    """Whether a package that is installed in ``folder`` may have entry points of ``group``."""
    if folder.endswith(".egg") or os.path.isfile(folder):  # noqa: PTH113 - asked hundreds of times
        return True  # what is packed up only importlib can tell
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for one in found:
            if one.name.endswith((".dist-info", ".egg-info")):
                with contextlib.suppress(OSError), open(f"{one.path}/entry_points.txt", "rb") as file:  # noqa: PTH123
                    if group in file.read():
                        return True
    return False
