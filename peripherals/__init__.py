"""Devices of a terminal: card readers, code scanners, printers.

Drivers speak bytes on one side and one small vocabulary (`peripherals.device`) on the other. They hold no wording and no
knowledge of real-estate registration, and import neither `kiosk`, `screens` nor `offline_cache`.
"""
