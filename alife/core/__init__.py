"""What everything else stands on: errors, config, registry, contracts, jit, lanes, transform, random numbers."""
