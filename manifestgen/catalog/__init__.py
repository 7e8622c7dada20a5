"""The catalog: profiles, overlays, releases and parameters, read from YAML into values.

All knowledge of Calico, Istio and Kubernetes is in that YAML; this package knows only its format.
"""
