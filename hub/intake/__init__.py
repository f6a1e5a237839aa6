"""The edge: reads a registry's exports, judges every row, and publishes what stands."""
