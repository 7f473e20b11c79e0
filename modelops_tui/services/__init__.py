"""What one can do: a function for each use case. Nothing here prints, asks, or knows a screen."""
