"""A digest as it is posted."""
