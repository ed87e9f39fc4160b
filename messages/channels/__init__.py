"""One small file per way of reaching a contact. The only place that speaks SMTP or Twilio."""
