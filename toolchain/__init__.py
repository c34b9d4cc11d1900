"""Gets the Pulumi engine and the Python environments onto a machine. Standard library only."""
