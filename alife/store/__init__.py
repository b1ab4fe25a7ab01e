"""The run folder: database, checkpoints, one writer."""
