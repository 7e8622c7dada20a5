"""Versions, ranges, pointers: values that everything rests on."""
