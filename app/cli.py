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
    options = parser().parse_args(given)
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
        case "trace":
            from app.trace import run as trace

            return trace(settings, options)
        case "who":
            from app.who import run as who

            return who(settings, options)
        case "verify":
            from app.verify import run as verify

            return verify(settings, options)
        case "replay":
            from app.replay import run as replay

            return replay(settings, options)
        case "simulate":
            from app.simulate import run as simulate

            return simulate(options)
        case verb:
            raise AssertionError(verb)


def _bench(options: argparse.Namespace) -> int:
    match options.what:
        case "calls":
            from app.bench_calls import run as calls

            return calls(options.json)
        case "queue":
            from app.bench_queue import run as queue

            return queue(options.json, only=options.only)
        case "relay":
            from app.bench_relay import run as relay

            return relay(options.json)
        case "routing":
            from app.bench_routing import run as routing

            return routing(options.json)
        case what:
            raise AssertionError(what)


def parser() -> argparse.ArgumentParser:
    """What the command line understands."""
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
    bench = verbs.add_parser("bench", help="measure: calls, queue, relay, routing")
    bench.add_argument("what", choices=["calls", "queue", "relay", "routing"])
    bench.add_argument("--json", action="store_true")
    bench.add_argument("--only", default="", metavar="SIZE", help="queue: this size alone, 500x100 or 100x30-sip")
    trace = verbs.add_parser("trace", help="why a call went as it did; without a call, the latest calls")
    trace.add_argument("call", nargs="?", default="", metavar="CALL", help="the call's id, or how it begins")
    trace.add_argument("--json", action="store_true")
    _who(verbs.add_parser("who", help="who would be reached at a business, step by step, at any time"))
    verify = verbs.add_parser("verify", help="check that the log of facts is as it was written")
    verify.add_argument("number", type=int, nargs="?", metavar="NUMBER", help="a message's number (all)")
    verify.add_argument("--all", action="store_true", help="check everything, as without a number")
    verify.add_argument(
        "--head", metavar="HASH", default="", help="is this hash, from a mail or a timeline, still in it?"
    )
    verify.add_argument("--json", action="store_true")
    _replay(verbs.add_parser("replay", help="recorded calls through the engine, under changed plans or staffing"))
    _simulate(verbs.add_parser("simulate", help="a day of invented calls through the routing engine"))
    verbs.add_parser(
        "exchange", help="run Asterisk only (the service runs elsewhere, with ANSWERLINE_EXCHANGE=separate)"
    )
    return parser


def _who(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER", help="one of the business's numbers, or its id")
    parser.add_argument(
        "--at", default="", metavar="TIME", help="the business's own time, such as 2026-11-26T02:30 (now)"
    )
    parser.add_argument(
        "--form", default="", metavar="FORM", help="the form's key (what a caller comes to who presses nothing)"
    )
    parser.add_argument("--urgency", choices=("normal", "urgent", "emergency"), help="as the form says")
    parser.add_argument("--json", action="store_true")


def _simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--businesses", type=int, default=1000, metavar="N", help="how many (1000)")
    parser.add_argument("--agents", type=int, default=50, metavar="N", help="seats that are filled all the time (50)")
    parser.add_argument("--hours", type=float, default=24.0, metavar="H", help="how long (24)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed gives the same day (1)")
    parser.add_argument(
        "--load", type=float, default=0.8, help="busy share of the agents in the busiest hour, if nobody left (0.8)"
    )
    parser.add_argument("--talk", type=float, default=90.0, metavar="SECONDS", help="a talk's mean length (90)")
    parser.add_argument("--patience", type=float, default=120.0, metavar="SECONDS", help="a caller's mean (120)")
    parser.add_argument(
        "--profile",
        choices=("office", "flat"),
        default="office",
        help="a day from midnight with a busy morning (office)",
    )
    parser.add_argument("--plan", metavar="FILE", help="an answering plan (YAML): its first queue holds for all")
    parser.add_argument("--json", action="store_true")


def _replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from", dest="start", required=True, metavar="TIME", help="such as 2026-03-02 or 2026-03-02T09:00"
    )
    parser.add_argument("--to", dest="end", required=True, metavar="TIME", help="until then; a date: that day included")
    parser.add_argument(
        "--plan",
        action="append",
        default=[],
        metavar="[BUSINESS=]FILE",
        help="an answering plan (YAML) to try, for one business's id or for all; may be given again",
    )
    parser.add_argument("--more-agents", type=int, default=0, metavar="N", help="add so many agents to the shared pool")
    parser.add_argument(
        "--without", action="append", default=[], metavar="AGENT", help="leave out an agent (id); may be given again"
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="S", help="what is made up is the same for the same seed"
    )
    parser.add_argument("--json", action="store_true")


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
