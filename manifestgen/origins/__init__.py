"""Where each field of an object came from, as `explain` shows it."""
