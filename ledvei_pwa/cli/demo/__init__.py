"""The demo service: a year of supervision that ends today, made by the same actions as in the world."""

from ledvei_pwa.cli.demo.story import fill

__all__ = ["fill"]
