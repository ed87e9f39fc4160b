"""`python -m web.describe > ui/openapi.json`: the API's description for the front end's types."""

import json

from web.openapi import describe
from web.routes import ROUTES

if __name__ == "__main__":
    print(json.dumps(describe(ROUTES), indent=1))
