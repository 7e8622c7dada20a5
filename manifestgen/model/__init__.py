"""The values that everything else is built from: records, locations in files, pointers, identities, versions.

They import little of the standard library and nothing else, because every command pays for this package.
"""
