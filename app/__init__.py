"""Settings, the composition root, logs, and the command line."""
