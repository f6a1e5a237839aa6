"""Registry Hub: an event-sourced exchange between the workforce registries of the US states."""

__version__ = "0.4.0"
