"""What can be done with documents of a kind, a file for verbs that belong together. None is loaded before its time."""
