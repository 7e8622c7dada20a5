"""The version, alone, so that `--version` and the build read it without importing anything."""

__version__ = "0.2.0"
