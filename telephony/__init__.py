"""The link to Asterisk: FastAGI, AMI, agent legs, speech, and the private Asterisk itself."""
