"""Avro schemas as package data."""
