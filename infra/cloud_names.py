"""Logical names that commands beside the program must know, because physical names follow from them."""

CLOUD = "cloud"
STORE = f"{CLOUD}-artifacts"
"""The store of releases."""
