"""The uninterruptible power supply, through Network UPS Tools (NUT): whichever make it is, upsd speaks one protocol for it.

ups = NutUps("ups", "terminal", "127.0.0.1", 3493)
ups.open()
ups.status().reasons        # ("on-battery",)
"""

from peripherals.ups.nut import NutUps, Power

__all__ = ["NutUps", "Power"]
