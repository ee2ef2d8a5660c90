"""Every room's tables, made known at once: for whoever works on the whole store rather than on its own rows."""

import importlib

#: the rooms that keep something, each in its `tables.py`.
ROOMS = ("residents", "escalations", "speech", "wellbeing", "checkins", "sensors", "bot", "console")
_OWN = ("store.audit", "store.changes", "store.clock")


def open_rooms() -> None:
    """Import every module that defines tables, so that the metadata holds them all."""
    for module in (*(f"{room}.tables" for room in ROOMS), *_OWN):
        importlib.import_module(module)
