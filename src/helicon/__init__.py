"""Helicon."""
