"""Reads and explains IPsec: IKEv1, IKEv2, ESP and AH."""

from ._native import __version__, why

__all__ = ["__version__", "why"]
