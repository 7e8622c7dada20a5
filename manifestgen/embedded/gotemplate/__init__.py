"""Go templates: lexing, their outline as a document, and structural edits that keep every other byte."""
