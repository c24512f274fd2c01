"""When a digest is due and what is known of it: values and pure calendar arithmetic."""
