"""Fleets: many clusters stated in one file, each of them a site."""
