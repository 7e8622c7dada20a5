"""Recognizing an install that somebody edited, and saying it as a profile: release, values, patches, own objects."""
