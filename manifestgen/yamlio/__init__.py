"""YAML as Kubernetes reads it: a strict reader, and a writer whose output every parser reads as the same values.

Nothing is imported here, so that code which only writes YAML does not pay for the parser.
"""
