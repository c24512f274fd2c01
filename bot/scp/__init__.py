"""The Samsung Cloud Platform client: what goes out to SCP, signed."""
