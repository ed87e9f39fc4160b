"""`./answerline bench`: what there is to measure."""

import sys


def bench(what: str, *, as_json: bool) -> int:
    """Measure one thing and print the figures; the exit code."""
    match what:
        case "calls":
            from app.bench_calls import run

            return run(json=as_json)
        case _:
            print(f"bench: nothing called {what} to measure", file=sys.stderr)
            return 2
