"""Everything outside the terminal, virtual: the platform, the devices, the people, and the hall that holds them.

Belongs to the product, is installed on no production terminal, and is imported by tests, benchmarks and `kiosk demo` only. It
talks to the terminal over the real interfaces: PC/SC, IPP, frames, HTTPS, pointer events.
"""
