"""Tests of `upgrade`."""
