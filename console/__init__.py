"""The control centre: pages, live feed, JSON API, sign-in, access audit."""

from console.app import create_app, create_watched
from console.ports import ConsolePorts

__all__ = ["ConsolePorts", "create_app", "create_watched"]
