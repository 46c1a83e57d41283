"""What a text itself says of its words: which is a kind of which."""
