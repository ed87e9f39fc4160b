"""The ACD: which agent is offered which call. Pure and synchronous; `calls.desk` performs the effects."""
