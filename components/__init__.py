"""Reusable Pulumi components, one package a platform, with the same file names in each."""
