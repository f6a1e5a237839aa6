"""Pure folds: what rows follow from events. No I/O, no clock."""
