"""An attack on link evidence: what of people's names follows from all that a hub holds."""
