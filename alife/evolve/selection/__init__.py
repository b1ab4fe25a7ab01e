"""Selection plug-ins: each file offers `parents(scores, n, seed, params)`."""
