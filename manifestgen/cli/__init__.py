"""The command line: one module per command, without logic of its own.

A command declares its arguments once, as data (`spec.Command`). A well-formed call is parsed from that by
`plain`, which costs nothing to import; help, completion and errors come from click, built from the same data.
"""
