"""Messages: their layout, order and safety."""
