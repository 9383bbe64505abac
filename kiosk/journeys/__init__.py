"""The services of the terminal, one file each: coroutines that ask, await and read top to bottom.

A journey asks people through `kiosk.visit.Visit`, and everything else through the ports in `kiosk.journeys.counterparts`. It
touches no widget and no driver.
"""
