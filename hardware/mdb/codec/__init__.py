"""Bytes of MDB/ICP to values and back, both directions; no stream, no clock."""
