"""The terminal: composes `peripherals`, `screens` and `offline_cache` into journeys that end with paper in a hand."""
