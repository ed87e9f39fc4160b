"""The command line: one verb each, imported only when called, so that `--help` answers at once."""

import argparse
import os
import sys
from collections.abc import Sequence

from app.settings import Settings, SettingsError, read_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code (2 for wrong usage or settings)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["test"]:  # everything after it is pytest's
        from app.quality import run_tests

        return run_tests(given[1:])
    options = _parser().parse_args(given)
    if options.verb == "check":
        from app.quality import run_checks

        return run_checks()
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        print(f"answerline: wrong settings\n{error}", file=sys.stderr)
        return 2
    return _run(options, settings)


def _run(options: argparse.Namespace, settings: Settings) -> int:
    match options.verb:
        case "demo":
            from app.run import demo

            return demo(settings, once=options.once)
        case "up":
            from app.run import up

            return up(settings)
        case "exchange":
            from app.run import exchange

            return exchange(settings)
        case "doctor":
            from app.doctor import doctor

            return doctor(settings, as_json=options.json)
        case "number":
            from app.setup_verbs import number

            return number(settings, options)
        case "trunk":
            from app.setup_verbs import trunk

            return trunk(settings, options)
        case "bench":
            return _bench(options)
        case verb:
            raise AssertionError(verb)


def _bench(options: argparse.Namespace) -> int:
    match options.what:
        case "calls":
            from app import bench_calls

            return bench_calls.run(options.json)
        case "routing":
            from app import bench_routing

            return bench_routing.run(options.json)
        case what:
            raise AssertionError(what)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="answerline", description="A self-hosted answering service on a real telephone exchange."
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    demo = verbs.add_parser("demo", help="set up whatever is missing, seed the demo world, and make one real call")
    demo.add_argument("--once", action="store_true", help="exit after the call: 0 if the message was relayed")
    verbs.add_parser("up", help="run the service")
    verbs.add_parser("test", help="the whole test suite; arguments go to pytest")
    verbs.add_parser("check", help="format, lint, types, import rules, front-end types")
    doctor = verbs.add_parser("doctor", help="check what commonly goes wrong, and say the mend")
    doctor.add_argument("--json", action="store_true")
    _number(verbs.add_parser("number", help="list, add or remove the numbers that lead to a business"))
    _trunk(verbs.add_parser("trunk", help="list, add or remove the trunks calls come in on"))
    bench = verbs.add_parser("bench", help="measure: calls, routing")
    bench.add_argument("what", choices=["calls", "routing"])
    bench.add_argument("--json", action="store_true")
    verbs.add_parser(
        "exchange", help="run Asterisk only (the service runs elsewhere, with ANSWERLINE_EXCHANGE=separate)"
    )
    return parser


def _number(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="all numbers and where they lead")
    add = actions.add_parser("add", help="have a number lead to a business")
    add.add_argument("number", help="such as +12025550101")
    add.add_argument("business", help="the business's id")
    remove = actions.add_parser("remove", help="forget a number")
    remove.add_argument("number")


def _trunk(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="all trunks")
    add = actions.add_parser("add", help="add a trunk, or change the one of that name")
    add.add_argument("name", help="small letters, digits, . _ -")
    add.add_argument("--host", help="the carrier's SIP host: calls out and the registration go there")
    add.add_argument("--port", type=int, default=5060)
    add.add_argument("--match", action="append", default=[], metavar="ADDRESS", help="where calls in come from")
    add.add_argument("--username")
    add.add_argument("--secret-file", metavar="FILE", help="the carrier's password, in a file")
    add.add_argument("--register", action="store_true", help="register with the carrier")
    add.add_argument("--codecs", default="ulaw,alaw")
    add.add_argument("--caller-id", choices=["from", "asserted"], default="from")
    remove = actions.add_parser("remove", help="forget a trunk")
    remove.add_argument("name")


if __name__ == "__main__":
    raise SystemExit(main())
