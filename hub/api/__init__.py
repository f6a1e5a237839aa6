"""The one live page and its data as JSON, CSV and a stream, served on loopback only."""
