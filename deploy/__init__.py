"""What it takes to run the hub: topics, local servers, pages for operators."""
