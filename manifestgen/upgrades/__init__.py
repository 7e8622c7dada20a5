"""What an upgrade of Calico, Istio or Kubernetes does to a profile: what changes and why, and what no longer fits."""
