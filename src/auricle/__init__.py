"""Audio features behind your own product, on your own machine."""

__version__ = "0.1.0"
