"""Find a named thing: a module of one of our packages, or an entry point that another package installs.

Adding a driver, a language or a report is adding one file. A package elsewhere adds one with

    [project.entry-points."codestone.drivers"]
    mine = "my_package.my_driver"
"""

import pkgutil
from importlib import import_module, metadata
from types import ModuleType

from codestone.errors import UnknownName


def names(kind: str) -> list[str]:
    """Return what is known of a kind ("drivers", "languages", "reports"), sorted."""
    own = import_module(f"codestone.{kind}")
    modules = {
        module.name for module in pkgutil.iter_modules(own.__path__) if not module.name.startswith("_")
    }
    return sorted(modules | {entry.name for entry in metadata.entry_points(group=f"codestone.{kind}")})


def find(kind: str, name: str) -> ModuleType:
    """Return the module of that name; raise UnknownName with the nearest names."""
    known = names(kind)
    if name not in known:
        raise UnknownName(kind.removesuffix("s"), name, known)
    for entry in metadata.entry_points(group=f"codestone.{kind}", name=name):
        module = entry.load()
        assert isinstance(module, ModuleType)
        return module
    return import_module(f"codestone.{kind}.{name}")
