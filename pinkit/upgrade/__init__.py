"""Policy, plan and proof of upgrades. No I/O."""
