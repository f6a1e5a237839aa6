"""Adapters: the log, the store and the keyring on real technology."""
