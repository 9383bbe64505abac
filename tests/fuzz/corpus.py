"""Inputs that once made a parser fail in a way that it should not: the name of the parser, and the bytes."""

from __future__ import annotations

FAILED: list[tuple[str, bytes]] = []
