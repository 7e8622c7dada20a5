"""Adopting an install that somebody edited."""
