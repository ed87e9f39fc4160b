"""Businesses, their hours, people, contacts and access rules: values and pure functions."""
