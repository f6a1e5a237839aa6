"""The log folded into a new generation of tables, which takes the place of the live ones."""
