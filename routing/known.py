"""What has been learnt of businesses and agents: where calls stand, who may take them, on which bench an agent sits.

It is learnt when the first call or agent of a kind comes, and looked up for those who come after.
"""

from typing import TypeAlias

from routing.model import Profile, Waiting
from routing.places import Bench, Choice, Line, Place, Skills
from routing.recipe import Recipe
from routing.strategy import Audience, audience

Wish: TypeAlias = tuple[tuple[Line, ...], tuple[Choice, ...]]
"""What calls that want the same share: the lines they stand in; by open rung, lowest first, who may take them."""
_Wishes: TypeAlias = dict[Skills, Wish]
_Ladder: TypeAlias = tuple[_Wishes, ...]
"""What calls want when the first rung is open, when the first two are, and so on."""
_Kind: TypeAlias = tuple[Skills, Skills, frozenset[str]]


class Known:
    """Kinds of calls and of agents. `learnt` counts what had to be worked out."""

    def __init__(self) -> None:
        self.learnt = 0
        self._own: dict[str, Place] = {}
        self._pools = Place()
        self._ladders: dict[tuple[Audience, ...], _Ladder] = {}
        self._ladder_of: dict[str, tuple[Recipe, _Ladder]] = {}
        self._benches: dict[_Kind, Bench] = {}
        self._seats: dict[str, tuple[Profile, Bench]] = {}

    def wish_of(self, waiting: Waiting) -> Wish:
        """What the call wants, as far as its ladder is open and with the skills still asked for."""
        call = waiting.call
        ladder = self._ladder_of.get(call.business_id)
        if ladder is not None and ladder[0] is call.recipe:
            wish = ladder[1][waiting.rung].get(tuple(waiting.needs.items()))
            if wish is not None:
                return wish
        return self._learn_wish(waiting)

    def bench_of(self, profile: Profile) -> Bench:
        """Where the agent sits, or would."""
        seat = self._seats.get(profile.id)
        if seat is not None and seat[0] is profile:
            return seat[1]
        return self._learn_seat(profile)

    def _learn_wish(self, waiting: Waiting) -> Wish:
        self.learnt += 1
        call, needs = waiting.call, tuple(waiting.needs.items())
        rungs = tuple([audience(call.business_id, rung) for rung in call.recipe.staffing.ladder])
        ladder = self._ladders.get(rungs)  # businesses of the same pools share it
        if ladder is None:
            ladder = self._ladders[rungs] = tuple([{} for _ in rungs])
        self._ladder_of[call.business_id] = (call.recipe, ladder)
        wishes = ladder[waiting.rung]
        if needs not in wishes:
            wishes[needs] = self._wish(rungs[: waiting.rung + 1], needs)
        return wishes[needs]

    def _wish(self, audiences: tuple[Audience, ...], needs: Skills) -> Wish:
        choices = tuple([self._place(whom).choice_for(whom, needs) for whom in audiences])
        places = dict.fromkeys([choice.place for choice in choices])
        return tuple([place.line_for(frozenset(c for c in choices if c.place is place)) for place in places]), choices

    def _learn_seat(self, profile: Profile) -> Bench:
        self.learnt += 1
        skills, pools = tuple(sorted(profile.skills.items())), tuple(sorted(profile.pools.items()))
        kind = (skills, pools, profile.dedicated_to)
        bench = self._benches.get(kind)
        if bench is None:
            places = [self._own.setdefault(business_id, Place()) for business_id in sorted(profile.dedicated_to)]
            if pools:
                places.append(self._pools)
            bench = self._benches[kind] = Bench(1 << len(self._benches), profile, tuple(places))
            for place in places:
                place.introduce(bench)
        self._seats[profile.id] = (profile, bench)
        return bench

    def _place(self, whom: Audience) -> Place:
        name, at_most = whom
        return self._pools if at_most == 0 else self._own.setdefault(name, Place())
