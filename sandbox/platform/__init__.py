"""The integrated platform, virtual: its core with the law's rules, the contract around it, and a TLS server with faults."""

from sandbox.platform.server import TERMINAL, SandboxPlatform

__all__ = ["TERMINAL", "SandboxPlatform"]
