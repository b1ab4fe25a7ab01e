"""Looking at what evolved: scores, ablations, keys."""
