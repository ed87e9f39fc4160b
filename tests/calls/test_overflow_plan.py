"""A queue's overflow as it is written in a plan: read, refused with the reason, compiled for the engine."""

import pytest

from calls.plan import PlanError, dump_plan, parse_plan
from routing.recipe import Act, AddRung, DropSkill, Own, Pool, RaisePriority, RelaxSkill, Step, When, usual_steps

TOP = """\
answer_phrase: Good day.
hours: {time_zone: America/New_York, weekly: {mon: ["09:00-17:00"]}}
open: {queue: office}
closed: {message: note}
forms: {note: {title: Note, fields: [{key: name, label: Name, type: name}]}}
contacts: {desk: {name: Desk, email: desk@example.test}}
deliver: [{to: desk, by: [email]}]
queues:
  office:
    form: note
"""
EXIT = "      - {when: {waited: 300}, offer: message}\n"
POOL = "      - {when: {waited: 15}, add_pool: true}\n"


def plan_with(*lines: str, more: str = "") -> str:
    return TOP + more + "    overflow:\n" + "".join(lines)


def test_a_queue_that_says_nothing_has_the_usual_recipe() -> None:
    queue = parse_plan(TOP).queues["office"]
    assert queue.recipe.staffing.ladder == (Own(own=1000), Pool(pool="shared"))
    assert queue.recipe.steps == usual_steps(queue.staffing.ladder)
    assert Step(When(waited=300.0), Act.OFFER_MESSAGE) in queue.recipe.steps


def test_every_condition_and_operation_reaches_the_engine_and_is_written_back() -> None:
    text = plan_with(
        POOL,
        "      - {when: {nobody: signed_in}, message: note}\n",
        "      - {when: {position_over: 2, queue_over: 5}, offer: callback}\n",
        "      - {when: {expected_wait_over: 120}, every: 60, announce: Please be patient.}\n",
        '      - {when: {between: "22:00-06:30"}, forward: "+12025550177"}\n',
        "      - {when: {caller: vip}, raise_priority: 20}\n",
        "      - {when: {waited: 30}, relax: {boilers: 2}}\n",
        "      - {when: {waited: 60, nobody: available}, drop: boilers}\n",
        "      - {when: {waited: 90}, every: 30, alert: true}\n",
        EXIT,
        more="    skills: {boilers: 4}\n    staffing: {ladder: [{own: 1}, {pool: night}]}\n",
    )
    plan = parse_plan(text)
    assert plan.queues["office"].recipe.steps == (
        Step(When(waited=15.0), AddRung()),
        Step(When(nobody="signed_in"), Act.GO_TO_MESSAGE),
        Step(When(position_over=2, queue_over=5), Act.OFFER_CALLBACK),
        Step(When(expected_wait_over=120.0), Act.ANNOUNCE, every=60.0),
        Step(When(between=(1320, 390)), Act.FORWARD),
        Step(When(vip=True), RaisePriority(20)),
        Step(When(waited=30.0), RelaxSkill("boilers", 2)),
        Step(When(waited=60.0, nobody="available"), DropSkill("boilers")),
        Step(When(waited=90.0), Act.ALERT, every=30.0),
        Step(When(waited=300.0), Act.OFFER_MESSAGE),
    )
    assert plan.queues["office"].recipe.staffing.ladder == (Own(own=1), Pool(pool="night"))
    assert parse_plan(dump_plan(plan)) == plan
    assert any(path == ("queues", "office", "overflow", 3, "announce") for path, _, _ in plan.texts())


def test_skills_are_a_list_or_have_levels_and_the_language_is_one_of_them() -> None:
    listed, levels = (parse_plan(TOP + f"    skills: {skills}\n") for skills in ("[boilers]", "{boilers: 3}"))
    assert listed.needs(listed.queues["office"], "es-US") == {"es": 1, "boilers": 1}
    assert levels.needs(levels.queues["office"], "en-US") == {"boilers": 3}


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (plan_with(POOL), 11, "could wait here for ever"),
        (plan_with(POOL, "      - {when: {waited: 9}, offer: callback}\n"), 11, "could wait here for ever"),
        (plan_with(POOL, "      - {when: {nobody: available}, message: note}\n"), 11, "could wait here for ever"),
        (plan_with(EXIT), 11, "only 0 of the 1 further ones are sure to be asked"),
        (plan_with("      - {when: {queue_over: 3}, add_pool: true}\n", EXIT), 11, "only 0 of the 1"),
        (plan_with(POOL, POOL, EXIT), 13, "There is no pool left to add"),
        (plan_with(POOL, EXIT, more="    staffing: {ladder: [{pool: shared}]}\n"), 13, "the ladder has one rung"),
        (plan_with(POOL, EXIT, "      - {add_pool: true, alert: true}\n"), 14, "not add_pool and alert"),
        (plan_with(POOL, EXIT, "      - {when: {waited: 9}}\n"), 14, "Say one thing to do"),
        (plan_with(POOL, EXIT, "      - {every: 30, drop: es}\n"), 14, "done once"),
        (plan_with(POOL, EXIT, "      - {every: 3, alert: true}\n"), 14, "at least 10"),
        (plan_with(POOL, EXIT, "      - {message: letter}\n"), 14, 'There is no form "letter"'),
        (plan_with(POOL, EXIT, '      - {when: {between: "9-5"}, alert: true}\n'), 14, "not a time of day"),
        (plan_with(POOL, EXIT, '      - {when: {between: "09:00-09:00"}, alert: true}\n'), 14, "no time at all"),
        (plan_with(POOL, EXIT, "      - {forward: 12}\n"), 14, "too short"),
        (plan_with(POOL, EXIT, "      - {relax: {es: 1}}\n"), 14, "use drop"),
        (plan_with(POOL, EXIT, "      - {relax: {es: 1, fr: 1}}\n"), 14, "one skill in a step"),
        (plan_with(POOL, EXIT, "      - {relax: {it: 3}}\n", more="    skills: {it: 2}\n"), 15, "3 is no less"),
        (plan_with(POOL, EXIT, "      - {offer: money}\n"), 14, "'callback' or 'message'"),
        (
            plan_with(POOL, "      - {when: {waited: 60}, message: note}\n", EXIT),
            14,
            "after 60 seconds all go to a message",
        ),
        (TOP + "    staffing: {ladder: [{own: 0}]}\n", 11, "at least 1"),
        (TOP + "    staffing: {ladder: [{pool: Night}]}\n", 11, "small letters"),
        (TOP + "    staffing: {ladder: [{poll: night}]}\n", 11, 'did you mean "pool"'),
        (TOP + "    staffing: {ladder: []}\n", 11, "Name at least one rung"),
        (TOP + "    staffing: {target: {share: 2}}\n", 11, "at most 1"),
        (TOP + "    skills: [[x]]\n", 11, "set of keys"),
        (TOP + "    skills: {boilers: 6}\n", 11, "at most 5"),
    ],
)
def test_what_will_not_do_is_refused_with_its_line_and_the_reason(text: str, line: int, reason: str) -> None:
    with pytest.raises(PlanError) as refused:
        parse_plan(text)
    first = refused.value.problems[0]
    assert reason in first.reason
    assert first.line == line
