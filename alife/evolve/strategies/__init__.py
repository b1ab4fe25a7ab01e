"""Strategy plug-ins: ask for genomes, tell their scores."""
