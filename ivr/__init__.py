"""Menus as data and the words of a call: what a caller hears and presses."""
