"""Golden trees: the matrix of what to render, and comparing the rendered trees with the ones on disk."""
