"""Composition: the pipeline from layers to a bundle's resources. Pure: values in, values out."""
