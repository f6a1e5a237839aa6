"""Delivers what the hub has for a registry into the registry's own system."""
