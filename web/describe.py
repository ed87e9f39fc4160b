"""`python -m web.describe > ui/openapi.json`: the API's description for the front end's types."""

from web.openapi import document
from web.routes import ROUTES

if __name__ == "__main__":
    print(document(ROUTES))
