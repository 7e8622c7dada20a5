"""YAML as Kubernetes reads it: a strict reader, and a writer whose text every reader takes for the same values.

Nothing is imported here: who only writes does not pay for the parser.
"""
