"""What the hub costs: made-up events in a realistic mix, and what is measured on them."""
