"""Gate and shift on a cluster: its routes, its proxies and its way to stop a program, as `serving`'s ports want them.

Imported only where it is used, because only images of a cluster have the client of its API.
"""
