"""Output: a bundle as files that kubectl, kustomize, Argo CD and Flux take as they are, written atomically."""

LAYOUTS = ("kustomize", "flat", "overlay")
"""How a directory may be laid out: with a kustomization over `resources/`, the files alone, or base and patches."""
