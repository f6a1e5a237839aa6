"""Words of the hub: plain values and rules, the standard library only."""
