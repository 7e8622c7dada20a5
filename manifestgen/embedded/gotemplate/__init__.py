"""Go templates: lexing, the outline of the YAML in them, and structural edits that keep every other byte."""
