"""Patching: RFC 6902 to the letter, and above it targets, list items by name, declared matches, conflicts.

``rfc6902`` knows plain operations only; ``segments`` and ``lower`` turn our extensions into them;
``select`` finds targets; ``apply`` is the one place where values are written, and keeps the journal
from which ``provenance`` tells where every field came from.
"""
