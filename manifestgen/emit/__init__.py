"""Output: a bundle as files that kubectl, kustomize, Argo CD and Flux take as they are, written atomically."""
