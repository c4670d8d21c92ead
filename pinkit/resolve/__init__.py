"""The universal resolver: lanes, candidates, solver, explanation, referee. No I/O."""
