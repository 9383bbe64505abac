"""The terminal: composes `peripherals`, `screens` and `offline_cache` into journeys that end with paper in a hand."""

from __future__ import annotations

import os

# Values are checked by pydantic; it would look through every installed package for plugins, at each start.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
