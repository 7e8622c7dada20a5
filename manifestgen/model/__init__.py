"""Values that everything else speaks in: places, pointers, identities, versions, resources.

They are `NamedTuple`s and import only the standard library: every render pays for this package.
"""
