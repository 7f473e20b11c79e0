"""TinyDB's own tests, run against the tables of a store."""
