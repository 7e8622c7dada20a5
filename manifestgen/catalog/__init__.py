"""The catalog: profiles, overlays, releases and parameters, read from YAML into values.

Everything that is known of Calico, Istio and Kubernetes is in that YAML; this package knows only its format.
"""
