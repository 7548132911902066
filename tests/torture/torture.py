#!/usr/bin/env python3
"""Kills easelfs again and again while it paints for money, and compares with the ledger.

    tests/torture/torture.py [--rounds=N] [--seed=N] BUILD

BUILD is made with FAILPOINTS=1 (make torture does both). A round starts the daemon, writes
requests, and ends it by SIGKILL at a random moment or at one of its named points; some requests
have faults of the simulator in their prompts. After --rounds-an-episode of them the daemon runs
in peace until all rests. The same seed draws the same choices; when a process gets the CPU is not
drawn. docs/reliability.md says what the figures mean. Status: 0 all is well, 1 it found
something, 2 it could not run.
"""
import argparse
import concurrent.futures
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True # beside the sources
import verdict as judge
from choices import Episode, daemon_points
from stage import Stage, die_with_parent, play

TOP = Path(__file__).resolve().parents[2]
PEACE_S = 60
FIGURES = ('requests accepted', 'requests done', 'requests held, interrupted', 'charges',
           'calls done', 'calls held in doubt', 'paid and held in doubt', 'calls held for the limit',
           'done with the picture of a repeated id', 'files that no record mentions', 'leftovers in incoming')


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('build', help='the directory of a build with FAILPOINTS=1')
    parser.add_argument('--rounds', type=int, default=100)
    parser.add_argument('--seed', type=int, default=None)
    parser.add_argument('--rounds-an-episode', type=int, default=25)
    parser.add_argument('--episode', type=int, default=None, help='only this one of them')
    parser.add_argument('--jobs', type=int, default=2, help='episodes at a time')
    parser.add_argument('--until', metavar='KIND', help='stop at the first finding of that kind')
    return parser.parse_args()


def rest(stage, verdict, until_s):
    """In peace. A clock that was set forward by days makes calls overdue, which are asked after
    every ten minutes, and at once where a person says so."""
    end = time.monotonic() + until_s
    while time.monotonic() < end:
        if judge.is_at_rest(stage):
            return
        stage.retry_overdue(judge.overdue(stage))
        time.sleep(0.05)
    verdict.find('not at rest', f'after {until_s} s')


def play_rounds(stage, episode, excused, verdict):
    doubts = set()
    for this in episode.rounds:
        end = play(stage, this)
        under_way, fresh = judge.after_kill(stage, doubts)
        doubts |= fresh
        excused |= under_way
        if this.simulator_kill_s is not None:
            excused |= fresh
        if end == 'failpoint':
            verdict.figures['at ' + this.fail.split(':')[0]] += 1
        elif end not in ('killed', 'stopped'):
            verdict.find('ended with an error', f'{end}: {stage.last_words()}')
        verdict.figures[end] += 1
        verdict.figures['rounds'] += 1


def run_episode(number, rounds, options):
    names = daemon_points(TOP)
    episode = Episode(random.Random(f'{options.seed}/{number}'), number, rounds, names)
    requests = {request.marker: request for this in episode.rounds for _, request in this.requests}
    verdict = judge.Verdict()
    excused = set()
    directory = Path(tempfile.mkdtemp(prefix='easelfs-torture.')).resolve()
    stage = None
    try:
        stage = Stage(TOP, options.build, directory, episode)
        play_rounds(stage, episode, excused, verdict)
        stage.start_daemon()
        stage.await_mount()
        rest(stage, verdict, PEACE_S)
        for text in judge.look_at_names(stage):
            verdict.find('names without complete bytes', text)
        stage.stop_daemon()
        verdict.compare(stage, requests, excused)
    finally:
        if stage:
            stage.close()
        if verdict.findings or sys.exc_info()[0] not in (None, SystemExit):
            print(f'# episode {number} is kept in {directory}', file=sys.stderr)
        else:
            shutil.rmtree(directory, ignore_errors=True)
    return number, verdict.figures, verdict.findings


def worker(task):
    try:
        return run_episode(*task)
    except SystemExit: # the pool would go on with the next one
        os._exit(1)
    except Exception: # pylint: disable=broad-except
        return task[0], Counter({'not run': 1}), [traceback.format_exc()]


def begin_worker():
    """`finally` unmounts, also where who started it was killed."""
    def end(*_):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(1)

    signal.signal(signal.SIGTERM, end)
    die_with_parent(signal.SIGTERM)


def table(figures, seconds, names):
    print(f'\n{figures["rounds"]} rounds in {seconds:.0f} s, {os.cpu_count()} cores: '
          f'{figures["killed"]} killed at random, {figures["failpoint"]} at a named point, '
          f'{figures["stopped"]} stopped before that\n')
    for name in FIGURES:
        print(f'| {name} | {figures[name]} |')
    for name in judge.FINDINGS:
        print(f'| **{name}** | **{figures[name]}** |')
    print('\n| killed at | times |\n|---|---|')
    for name in names:
        print(f'| `{name}` | {figures["at " + name]} |')


def main():
    options = arguments()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1, 1 << 31)
    if not os.access(Path(options.build, 'easelfs'), os.X_OK):
        print(f'no {options.build}/easelfs: make FAILPOINTS=1', file=sys.stderr)
        return 2
    size = options.rounds_an_episode
    tasks = [(number, min(size, options.rounds - number * size), options)
             for number in range((options.rounds + size - 1) // size)
             if options.episode in (None, number)]
    print(f'seed {options.seed}; again: make torture SEED={options.seed} ROUNDS={options.rounds}',
          flush=True)
    begun = time.monotonic()
    total, findings = Counter(), 0
    with concurrent.futures.ProcessPoolExecutor(options.jobs, initializer=begin_worker) as pool:
        for future in concurrent.futures.as_completed([pool.submit(worker, task) for task in tasks]):
            number, figures, found = future.result()
            total += figures
            for text in found:
                print(f'episode {number}: {text}', flush=True)
            findings += len(found)
            if options.until and total[options.until]:
                pool.shutdown(cancel_futures=True)
                break
    table(total, time.monotonic() - begun, daemon_points(TOP))
    return 2 if total['not run'] else 1 if findings else 0


if __name__ == '__main__':
    sys.exit(main())
