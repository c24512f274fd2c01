"""One image: as a card, whatever message shows it, and in all its details."""
