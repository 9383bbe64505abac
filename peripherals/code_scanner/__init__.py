"""Code scanner: from a camera's picture to the bytes of the QR code in it.

`decode` reads one picture (any picture, it never raises); `CameraScanner` watches a camera and reports each code that is held
up, once; `serial` and `keyboard` listen to scanners that decode by themselves; `makes` knows which settings line opens what. What the bytes mean is not this room's business, and they never reach a log. `python -m peripherals.code_scanner
IMAGE...` reads pictures from a shell.
"""
