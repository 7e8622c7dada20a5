"""Recognizing an install that somebody edited, and expressing it as a profile."""
