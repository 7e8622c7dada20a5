"""The command line: one module a command, no logic of its own.

A command states its arguments once, as data (`spec.Command`). A well-formed call is parsed from that by
`plain`, which costs nothing to import; help, completion and errors come from click, built from the same data.
"""
