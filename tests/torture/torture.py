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
import errno
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True # beside the sources
import life as lives
import verdict as judge
from choices import PROVIDERS, Episode, daemon_points
from people import ACTS
from stage import Stage, die_with_parent

TOP = Path(__file__).resolve().parents[2]
PEACE_S = 90
IMPATIENT_S = 40
PEACES = 4 # episodes for each that plays its rounds
TURNS = [] # of the worker: a semaphore
END_S = 10 # of a worker whose parent is gone
LONG = 2000 # rounds, in which each point and each provider must have had its turn
FIGURES = ('requests accepted', 'requests done', 'requests held, interrupted', 'charges',
           'calls done', 'calls on their way at a death', 'calls held in doubt',
           'paid and held in doubt', 'calls held for the limit', 'paid and cancelled',
           'done with the picture of a repeated id', 'files that no record mentions',
           'leftovers in incoming')

DOUBTED = 'paid and held in doubt'


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('build', help='the directory of a build with FAILPOINTS=1')
    parser.add_argument('--rounds', type=int, default=100)
    parser.add_argument('--seed', type=int, default=None)
    parser.add_argument('--rounds-an-episode', type=int, default=25)
    parser.add_argument('--episode', type=int, default=None, help='only this one of them')
    parser.add_argument('--jobs', type=int, default=2, help='episodes at a time')
    parser.add_argument('--late-ms', type=int, default=lives.LATE_MS,
                        help='what the daemon may take at least from a reply to its record')
    parser.add_argument('--until', metavar='KIND', help='stop at the first finding of that kind')
    return parser.parse_args()


def rest(stage, verdict):
    """In peace. A clock that was set forward by days makes calls overdue. Those are asked after
    within a minute, and at once where a person says so, who has some patience first."""
    stage.people.tell_all('resume')
    begun = time.monotonic()
    impatient = begun + IMPATIENT_S
    while time.monotonic() < begun + PEACE_S:
        if stage.daemon.poll() is not None:
            return
        if judge.is_at_rest(stage):
            return
        if time.monotonic() > impatient:
            impatient += IMPATIENT_S
            for name in judge.overdue(stage):
                if stage.command(name, 'retry') == errno.EBUSY and name in judge.overdue(stage):
                    verdict.find('ended otherwise', f'{name} is overdue, and `retry` is EBUSY')
        time.sleep(0.05)
    verdict.find('not at rest', f'after {PEACE_S} s: {judge.busy(stage)}')


def in_peace(stage, verdict, work):
    """A daemon that nobody kills. Whether it did as it should."""
    stage.start_daemon()
    stage.await_mount()
    work()
    status = stage.end_daemon(signal.SIGTERM)
    if status != 0:
        verdict.find('ended with an error', f'in peace, with {status}: {stage.last_words()}')
    return status == 0


def play_rounds(stage, episode, history, verdict):
    for this in episode.rounds:
        life = lives.play(stage, this)
        history.add(stage, life)
        if life.end == 'failpoint':
            verdict.figures['at ' + this.fail.split(':')[0]] += 1
        elif life.end not in ('killed', 'stopped', 'ended'):
            verdict.find('ended with an error', f'{life.end}: {stage.last_words()}')
        verdict.figures['stopped' if life.end == 'ended' else life.end] += 1
        verdict.figures['rounds'] += 1


def run_rounds_and_compare(stage, episode, verdict):
    requests = {request.marker: request for this in episode.rounds for request in this.all_requests()}
    history = judge.History()

    def rest_and_look():
        rest(stage, verdict)
        for text in judge.look_at_names(stage):
            verdict.find('names without complete bytes', text)

    with TURNS[0]:
        play_rounds(stage, episode, history, verdict)
    # Waits more than it works, so that the next ones go on meanwhile.
    if not in_peace(stage, verdict, rest_and_look):
        return
    if judge.are_doomed(stage): # since that start, and until the next one
        in_peace(stage, verdict, lambda: None)
    verdict.compare(stage, requests, history)
    for word in set(ACTS):
        verdict.figures['did ' + word] += stage.people.did[word]


def run_episode(number, rounds, options):
    episode = Episode(random.Random(f'{options.seed}/{number}'), number, rounds, daemon_points(TOP))
    verdict = judge.Verdict()
    directory = Path(tempfile.mkdtemp(prefix='easelfs-torture.')).resolve()
    stage = None
    try:
        stage = Stage(TOP, options.build, directory, episode)
        run_rounds_and_compare(stage, episode, verdict)
    except Exception: # pylint: disable=broad-except
        verdict.figures['not run'] += 1
        verdict.findings.append(traceback.format_exc())
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


def begin_worker(parent, turns):
    """`finally` unmounts, also where who started it was killed. Whatever the worker waits for
    then, it does not wait for long."""
    TURNS.append(turns)

    def end(*_):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(1)

    def watch():
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(END_S)
        os._exit(1)

    signal.signal(signal.SIGTERM, end)
    die_with_parent(signal.SIGTERM)
    threading.Thread(target=watch, daemon=True).start()


def table(figures, seconds, names):
    print(f'\n{figures["rounds"]} rounds in {seconds:.0f} s, {os.cpu_count()} cores: '
          f'{figures["killed"]} killed at random, {figures["failpoint"]} at a named point, '
          f'{figures["stopped"]} stopped before that\n')
    for name in FIGURES:
        share = f' ({figures[name] / figures["charges"]:.0%} of the charges)' \
            if name == DOUBTED and figures['charges'] else ''
        print(f'| {name} | {figures[name]}{share} |')
    for name in judge.FINDINGS:
        print(f'| **{name}** | **{figures[name]}** |')
    print('\n' + ', '.join(f'{word} {figures["did " + word]}' for word in sorted(set(ACTS))))
    print('\n| killed at | times |\n|---|---|')
    for name in names:
        print(f'| `{name}` | {figures["at " + name]} |')


def is_thin(figures, names):
    """What a long run should have had and did not: a line for each."""
    if figures['rounds'] < LONG:
        return []
    lacks = [f'the point {name} was never reached' for name in names if not figures['at ' + name]]
    lacks += [f'{name} has {figures["charges by " + name]} of {figures["charges"]} charges'
              for name in PROVIDERS if figures['charges by ' + name] * 10 < figures['charges']]
    if figures['calls held for the limit'] > figures['calls done']:
        lacks.append('more calls are held for the limit than are done')
    if not figures['charges']:
        lacks.append('nothing was paid for')
    return lacks


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
    lives.LATE_MS = options.late_ms # workers are forked
    print(f'seed {options.seed}; again: make torture SEED={options.seed} ROUNDS={options.rounds}',
          flush=True)
    begun = time.monotonic()
    total, findings = Counter(), 0
    with concurrent.futures.ProcessPoolExecutor(
            PEACES * options.jobs, initializer=begin_worker,
            initargs=(os.getpid(), multiprocessing.BoundedSemaphore(options.jobs))) as pool:
        for future in concurrent.futures.as_completed([pool.submit(worker, task) for task in tasks]):
            number, figures, found = future.result()
            total += figures
            for text in found:
                print(f'episode {number}: {text}', flush=True)
            findings += len(found)
            if options.until and total[options.until]:
                pool.shutdown(wait=False, cancel_futures=True)
                for child in multiprocessing.active_children():
                    child.terminate()
                break
    table(total, time.monotonic() - begun, daemon_points(TOP))
    lacks = is_thin(total, daemon_points(TOP))
    for text in lacks:
        print(f'too little was tried: {text}')
    return 2 if total['not run'] else 1 if findings or lacks else 0


if __name__ == '__main__':
    sys.exit(main())
