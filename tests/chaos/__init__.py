"""Does every digest arrive once, whatever happens? Real processes on a real PostgreSQL."""
