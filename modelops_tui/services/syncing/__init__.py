"""Sync: a home and a shared log meet, and nobody loses a line. It names no database and never prints."""
