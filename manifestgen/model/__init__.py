"""Values that everything else is made of: records, locations in files, pointers, identities, versions.

They import only the standard library, and little of it: every command pays for this package.
"""
