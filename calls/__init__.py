"""The service layer: where a call, its plan, the desk and the inbox meet."""
