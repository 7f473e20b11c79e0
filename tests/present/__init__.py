"""How values read."""
