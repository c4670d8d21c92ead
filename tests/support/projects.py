"""The configuration of a project of two layered locks, for one target."""

CONFIG = """
[tool.pinkit]
python = "3.12"
python-platform = "linux"
[[tool.pinkit.lock]]
name = "main"
inputs = ["main.in"]
output = "main.txt"
[[tool.pinkit.lock]]
name = "dev"
inputs = ["dev.in"]
output = "dev.txt"
constraints = ["main"]
"""
