"""For who trusts nobody: the history replayed into a store of its own, and compared."""
