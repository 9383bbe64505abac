"""Pictures of codes for tests, benchmarks and the virtual camera: clean ones, hard ones, and a hall with a phone held up in it.

Everything is drawn from a payload and a seed: the same seed gives the same picture.
"""
