"""python -m tests.fuzz --seeds 200 --jobs 2, or --seed 123 for one, with what happened in it."""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

KINDS = ("lost", "doubled", "stuck", "diverged", "leaked", "broken")


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line."""

    seeds: int = 200
    first: int = 1
    seed: int | None = None
    jobs: int = 1
    steps: int = 30
    mistake: str = ""
    until_found: bool = False
    shrink: bool = False
    is_loud: bool = False


@dataclass
class Tally:
    seeds: int = 0
    found: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.seeds += other.seeds
        self.found += other.found
        self.counted += other.counted
        self.failures += other.failures


def main() -> None:
    wish = read_wish()
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The order of sets of texts must be the same when a seed is run again.
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.fuzz", *sys.argv[1:]])  # noqa: S606
    began = time.perf_counter()
    if wish.seed is not None:
        tally = run_seeds([wish.seed], replace(wish, is_loud=True))
    else:
        seeds = range(wish.first, wish.first + wish.seeds)
        parts = [list(seeds[job :: wish.jobs]) for job in range(wish.jobs)]
        tally = Tally()
        with ProcessPoolExecutor(wish.jobs) as pool:
            for part in pool.map(run_seeds, parts, [wish] * wish.jobs):
                tally.add(part)
    report(tally, time.perf_counter() - began)
    raise SystemExit(1 if tally.failures else 0)


def read_wish() -> Wish:
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--mistake", default="", help="plant a known mistake (tests/fuzz/mistakes.py)")
    parser.add_argument("--shrink", action="store_true", help="with --seed: leave out what it fails without")
    parser.add_argument("--until-found", action="store_true", help="stop at the first failing seed")
    return Wish(**vars(parser.parse_args()))


def run_seeds(seeds: list[int], wish: Wish) -> Tally:
    from tests.fuzz import mistakes
    from tests.fuzz.devices import Devices
    from tests.fuzz.server import running
    from tests.fuzz.world import make_world

    tally = Tally()
    with running(str(os.getpid())) as server:
        world = make_world(server)
        devices = Devices.start(mistakes.ON_DEVICES.get(wish.mistake))
        with mistakes.planted(wish.mistake, server):
            for seed in seeds:
                take_seed(seed, wish, server, devices, world, tally)
                if tally.seeds % 250 == 0:
                    print(f"… {tally.seeds} of {len(seeds)} here, {len(tally.failures)} failed", flush=True)
                if tally.failures and wish.until_found:
                    break
        devices.stop()
    return tally


def take_seed(seed: int, wish: Wish, server: Any, devices: Any, world: Any, tally: Tally) -> None:
    from tests.fuzz.run import Options, Run
    from tests.fuzz.settle import settle
    from tests.fuzz.steps import play

    only = fewest_steps(seed, wish, server, devices, world) if wish.shrink else None
    run = Run(seed, server, devices, world, Options(steps=wish.steps), forced_steps=only)
    try:
        verdict = run.whole(play, settle)
        found = {kind: what for kind, what in verdict.found().items() if what}
    except Exception:
        found = {"broken": ["".join(traceback.format_exc().splitlines(keepends=True)[-16:])]}
    tally.seeds += 1
    tally.found.update(dict.fromkeys(found, 1))
    tally.counted.update(run.counted)
    tally.counted.update(run.hands.counted)
    tally.counted.update({f"fault {name}": times for name, times in run.network.met.items()})
    if wish.is_loud:
        print("\n".join(run.lines))
    if found:
        told = "\n".join(f"  {kind}: {one}" for kind, what in found.items() for one in what[:6])
        tally.failures.append((seed, told))
        print(f"seed {seed} failed; again: make fuzz SEED={seed}\n{told}", flush=True)


def fewest_steps(seed: int, wish: Wish, server: Any, devices: Any, world: Any) -> list[int]:
    """The steps without any of which the seed no longer fails."""
    from tests.fuzz.run import Options, Run
    from tests.fuzz.settle import settle
    from tests.fuzz.steps import play

    def fails(steps: list[int]) -> bool:
        run = Run(seed, server, devices, world, Options(steps=wish.steps), forced_steps=steps)
        try:
            return not run.whole(play, settle).is_well
        except Exception:
            return True

    left = list(range(wish.steps))
    for number in reversed(range(wish.steps)):
        fewer = [step for step in left if step != number]
        if fails(fewer):
            left = fewer
    return left


def report(tally: Tally, seconds: float) -> None:
    print("\nfaults: " + those(tally.counted, "fault "))
    print("steps: " + those(tally.counted, "step "))
    rest = {name: n for name, n in tally.counted.items() if not name.startswith(("fault ", "step "))}
    print("what happened: " + ", ".join(f"{name} {rest[name]}" for name in sorted(rest)))
    print(f"{seconds:.0f} s, {seconds / max(1, tally.seeds):.2f} s a seed")
    if tally.failures:
        print("failing seeds: " + " ".join(str(seed) for seed, _ in tally.failures))
    shown = [kind for kind in KINDS if kind != "broken" or tally.found[kind]]
    print(f"seeds={tally.seeds} " + " ".join(f"{kind}={tally.found[kind]}" for kind in shown))


def those(counted: Counter[str], kind: str) -> str:
    found = sorted(name for name in counted if name.startswith(kind))
    return ", ".join(f"{name.removeprefix(kind)} {counted[name]}" for name in found)


if __name__ == "__main__":
    main()
