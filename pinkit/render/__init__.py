"""Reports as text and machine formats."""
