"""Connectors between the hub and the systems of the states, and the registries' mapping files."""
