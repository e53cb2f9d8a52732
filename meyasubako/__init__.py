"""Meyasubako: a prefecture's suggestion box and consultation desk."""

__version__ = "0.7.0"
