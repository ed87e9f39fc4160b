"""Everything a plan has said to callers, so that it can be spoken into files beforehand."""

from collections.abc import Iterator

from calls.plan import Plan
from ivr.menu import ToMenu
from ivr.phrases import TABLE
from ivr.prompts import Prompt, Say
from ivr.words import primary


def prompts_of_plan(plan: Plan) -> Iterator[Prompt]:
    """Greetings and menus first, in the order callers meet them, then the service's own fixed phrases."""
    languages = dict.fromkeys([plan.language, *(step.language for step in plan.steps())])
    for opening in plan.openings().values():
        if opening.greeting is not None:
            yield from opening.greeting.prompts(plan.language)
    for language in languages:
        for step in plan.steps():
            if isinstance(step.target, ToMenu) and step.language == language:
                menu = plan.menus[step.target.menu]
                for text in (menu.greeting, menu.invalid, menu.timeout):
                    if text is not None:
                        yield from text.prompts(language)
                yield from menu.offer(language)
    for language in languages:
        for queue in plan.queues.values():
            if queue.hold_text is not None:
                yield from queue.hold_text.prompts(language)
        for words in TABLE[primary(language)].values():
            if "{" not in words:
                yield Say(words, language)
