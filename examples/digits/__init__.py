"""Handwritten digits, 8 by 8 pixels: three releases of different kind under one signature."""
