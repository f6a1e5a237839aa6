"""Pages that a person takes along on paper: one document, as HTML and as PDF."""
