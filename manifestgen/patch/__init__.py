"""Patching: strict RFC 6902 and, on top of it, targets, list items by name, expected counts and conflicts.

``rfc6902`` knows plain operations only; ``segments`` and ``lower`` turn our extensions into them;
``select`` finds targets; ``apply`` is the only place where values are written, and keeps the history
from which ``provenance`` works out where every field came from.
"""
