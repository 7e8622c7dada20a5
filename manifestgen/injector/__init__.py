"""Dikastes in the template of the Istio sidecar injector, in every form in which it is delivered."""
