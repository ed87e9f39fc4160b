"""Messages, their forms, and their delivery until it is delivered, acknowledged or an alarm."""
