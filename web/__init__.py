"""HTTP: sign-in, the API, the agent console's live link, and the built front end."""
