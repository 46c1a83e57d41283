"""What the training of several models has in common."""
