"""The agent and its lives, fused with a world into one compiled loop."""
