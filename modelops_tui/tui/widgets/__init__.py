"""The pieces that screens are made of. None of them writes to a registry."""
