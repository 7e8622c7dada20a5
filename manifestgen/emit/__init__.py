"""Output: a bundle as files that kubectl, kustomize, Argo CD and Flux accept unchanged, written atomically."""
