"""The command line: Typer app, console, wiring."""
