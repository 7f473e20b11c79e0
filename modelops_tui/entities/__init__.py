"""What exists: the 38 kinds and their rules, declared once. No files, clock, network or screen ever come in here."""
