"""Text and bytes <-> model, sans-IO; each module quotes the standard it follows."""
