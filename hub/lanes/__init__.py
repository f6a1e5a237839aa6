"""Lanes: a batch and the rows it asks for become rows and outbox, in one transaction."""
