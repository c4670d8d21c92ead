"""Forges where proposals are opened."""
