"""The outside: one file per real thing, one foreign library each. It decides nothing; only bootstrap joins it on."""
