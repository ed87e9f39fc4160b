"""How Python is set for the service, seen in a process of its own: it is for good."""

import subprocess
import sys

SCRIPT = """
import gc, sys, weakref
import app.service
from app.interpreter import run_evenly

class Ring:
    def __init__(self):
        self.itself = self

before = len(gc.get_objects())
run_evenly()
print(len(gc.get_objects()) / before, sys.getswitchinterval())
ring = weakref.ref(Ring())
gc.collect()
print(ring() is None)
"""


def test_what_is_there_from_the_start_is_not_gone_through_again_and_later_garbage_still_goes() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=120)
    (left, switch), (gone,) = (line.split() for line in done.stdout.splitlines())
    assert float(left) < 0.1
    assert float(switch) < 0.002
    assert gone == "True"
