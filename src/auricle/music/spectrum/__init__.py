"""Spectral features of music, and how often something begins in it."""

from auricle.music.spectrum.part import SpectrumPart

__all__ = ["SpectrumPart"]
