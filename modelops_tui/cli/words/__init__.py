"""The words that stand beside the kinds, a file for those that belong together. None is loaded before its time."""
