"""Bytes on the log: schemas, frame, head, body. The only package that imports fastavro."""
