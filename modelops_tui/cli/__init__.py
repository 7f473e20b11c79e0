"""The command line: words in, text out. It asks the services for everything and never touches the store."""
