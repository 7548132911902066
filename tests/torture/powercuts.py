#!/usr/bin/env python3
"""Cuts the power of easelfs again and again while it paints for money. Root only.

    tests/torture/powercuts.py [--cuts=N] [--seed=N] BUILD

The store is on an ext4 image that is copied, at one moment, while the daemon works: what was not
synced is not in the copy. The simulator's ledger is outside of it, as a provider's is. In each life
of a daemon some copies are made while it runs, to be looked at later: the records as they are, then
by a daemon whom no provider answers. The last copy is made of a stopped daemon, which is then killed;
the next life goes on from that copy, with the same simulator. At last it runs in peace, and the store
is compared with the ledger as after kills. docs/reliability.md says what the figures mean.
Status: 0 all is well, 1 it found something, 2 it could not run.
"""
import argparse
import hashlib
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import powercuts_disk
import verdict as judge
from choices import PRICE, Request
from people import Home
from powercuts_verdict import FINDINGS, Known, Look, forgive_unsynced
from stage import Stage
from torture import in_peace, rest

TOP = Path(__file__).resolve().parents[2]
LIVES_AN_EPISODE = 5
STOP_S = 5
SHARE_REMOVED = 0.3 # a picture, after a request
SHARE_CANCELLED = 0.15 # of the requests, while they are held back
FIGURES = ('charges', 'charges at cuts', 'charges at cuts whose intent was all there was',
           'pictures recorded at cuts', 'names shown before cuts', 'pictures removed',
           'synced requests at cuts', 'cancelled requests at cuts', 'cuts before there was a store', 'requests accepted and synced',
           'requests accepted, never synced', 'requests accepted, never synced, and lost',
           'requests held as interrupted at the end', 'requests done', 'calls done',
           'calls held in doubt', 'paid and held in doubt')


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('build', help='the directory of a build')
    parser.add_argument('--cuts', type=int, default=300)
    parser.add_argument('--seed', type=int, default=None)
    parser.add_argument('--copies', type=int, default=3, help='of a running daemon, in each life')
    return parser.parse_args()


class Writer(threading.Thread):
    """Writes request after request and syncs some, removes a picture now and then, and cancels a
    request before it is sent. A sync syncs all that was committed before: what is not synced
    although it must be shows best in a life with little to do and no fsync."""

    def __init__(self, stage, rng, life):
        super().__init__()
        self.stage, self.rng, self.life = stage, rng, life
        self.gap_s, self.share_synced = rng.choice((0.03, 0.1, 0.3)), rng.choice((0, 0.3, 0.6))
        self.over = threading.Event()
        self.requests, self.synced = {}, {}
        self.removing = random.Random(f'{stage.episode.simulator_seed}/{life}')
        self.removed = set() # names that went, or are about to
        self.cancelling = random.Random(f'{stage.episode.simulator_seed}/{life}/cancel')
        self.cancelled = set() # markers of requests of which the daemon said so

    def run(self):
        self.tell('ctl', 'resume') # the life before may have ended in a pause
        while not self.over.wait(self.rng.expovariate(1 / self.gap_s)):
            request = Request(self.rng, f'm{self.stage.episode.number}x{self.life}x'
                              f'{len(self.requests)}m')
            # Paid, and not yet told so: the moments that a cut must not forget.
            request.faults, request.doubtful = [], False
            if self.rng.random() < 0.5:
                request.faults = [f'delay={self.rng.randrange(5, 200)} after=charge']
            request.is_synced = False
            request.wants_sync = self.rng.random() < self.share_synced
            self.requests[request.marker] = request
            if self.cancelling.random() < SHARE_CANCELLED:
                self.write_and_cancel(request)
            else:
                self.write(request)
            if self.removing.random() < SHARE_REMOVED and \
                    not self.over.wait(self.removing.expovariate(1 / self.gap_s)):
                self.remove()

    def remove(self):
        images = self.stage.mount / 'images'
        try:
            name = self.removing.choice(sorted(os.listdir(images)))
            self.removed.add(name)
            self.stage.maybe_removed.add(hashlib.sha256((images / name).read_bytes()).hexdigest())
            (images / name).unlink()
        except (IndexError, OSError): # nothing to remove; no mount any more
            pass

    def tell(self, ctl, word):
        while not self.over.is_set():
            file = None
            try:
                file = os.open(self.stage.mount / ctl, os.O_WRONLY) # makes no file where no mount is
                os.write(file, word.encode())
                return True
            except FileNotFoundError:
                time.sleep(0.002)
            except OSError: # cut, or not in this state
                return False
            finally:
                if file is not None:
                    os.close(file)
        return False

    def write_and_cancel(self, request):
        """Held back by a pause. What comes next may take a while, so that nothing else syncs it."""
        job = f'jobs/{request.marker}.txt'
        if not self.tell('ctl', 'pause'):
            return
        self.write(request)
        until = time.monotonic() + STOP_S
        Home(request).tried['cancel'] += 1
        try:
            while (self.stage.mount / job / 'status').read_text() != 'queued\n' and \
                    time.monotonic() < until:
                time.sleep(0.005)
        except OSError: # cut
            return
        if self.tell(f'{job}/ctl', 'cancel'):
            self.cancelled.add(request.marker)
        self.over.wait(self.cancelling.expovariate(1 / self.gap_s))
        self.tell('ctl', 'resume')

    def write(self, request):
        text = request.text()
        path = self.stage.mount / 'requests' / f'{request.marker}.txt'
        file = None
        while file is None and not self.over.is_set():
            try:
                file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            except OSError: # no mount yet
                time.sleep(0.002)
        if file is None:
            return
        try:
            os.write(file, text.encode())
            if request.wants_sync:
                os.fsync(file)
                request.is_synced = True
                self.synced[request.marker] = text
        except OSError: # cut
            request.wants_sync = None
        try:
            os.close(file)
            request.accepted = request.wants_sync is not None
        except OSError:
            pass

    def end(self):
        self.over.set()
        self.join()


def stop(daemon):
    """At once, wherever it is: in a system call that cannot be interrupted, a sync say, it stops
    at the end of that. It sends nothing from here on."""
    daemon.send_signal(signal.SIGSTOP)
    until = time.monotonic() + STOP_S
    while time.monotonic() < until:
        try:
            states = {(task / 'stat').read_text().rpartition(') ')[2][0]
                      for task in Path(f'/proc/{daemon.pid}/task').iterdir()}
        except OSError: # a thread has just ended
            continue
        if states <= {'T', 'D', 'Z'}:
            return
    raise RuntimeError('the daemon does not stop')


class Episode:
    """Lives that share a disk and a simulator."""

    def __init__(self, number, disk, directory, options):
        self.rng = random.Random(f'{options.seed}/{number}')
        self.disk, self.options = disk, options
        self.verdict = judge.Verdict()
        self.requests, self.history = {}, judge.History()
        directory.mkdir()
        self.stage = Stage(TOP, options.build, directory, SimpleNamespace(
            number=number, has_limit=False, limit_usd=0, prices=PRICE,
            embeds=self.rng.random() < 0.3,
            in_flight=self.rng.choice((2, 8, 8)), latency=self.rng.choice(('0..10', '2..60', '50..300')),
            simulator_seed=self.rng.randrange(1, 1 << 30)))
        self.stage.store = disk.live / 'store'

    def live(self, life, cuts):
        """Cuts with these numbers; the last one ends it."""
        self.stage.start_daemon()
        writer = Writer(self.stage, random.Random(self.rng.random()), life)
        writer.start()
        copies = []
        try:
            for number in cuts:
                time.sleep(self.rng.uniform(0, 0.6))
                if self.stage.daemon.poll() is not None:
                    self.verdict.find('stores that do not open', f'cut {number}: '
                                      + self.stage.last_words())
                    break
                known = Known(self.stage, writer)
                if number == cuts[-1]:
                    stop(self.stage.daemon)
                    known.read(self.stage)
                copies.append((number, known, self.disk.copy()))
        finally:
            self.stage.daemon.kill()
            self.stage.daemon.wait()
            self.stage.unmount()
            writer.end()
        self.requests |= writer.requests
        self.verdict.figures['pictures removed'] += len(writer.removed)
        if len(copies) == len(cuts):
            self.disk.go_on_from(self.again(copies[-1][2]))
        self.stage.simulator.send_signal(signal.SIGSTOP)
        for number, known, image in copies:
            self.look(number, known, image)
        self.stage.simulator.send_signal(signal.SIGCONT)
        # How long ago a reply was is not to be told from a copy of a disk.
        self.history.add(self.stage, SimpleNamespace(
            begun_ms=0, died_ms=0, shift_s=0, end='killed', lost_simulator=False,
            hears_ms=lambda: 0, patience_ms=lambda: 0,
            this=SimpleNamespace(simulator_kill_s=None)))

    def again(self, image):
        """A copy of a copy: one to look at, one to go on from."""
        self.disk.image, live = image, self.disk.image
        try:
            return self.disk.copy()
        finally:
            self.disk.image = live

    def look(self, number, known, image):
        try:
            store = self.disk.look_at(image) / 'store'
        except RuntimeError as error: # not our business, but nothing to be silent about
            self.verdict.find('stores that do not open', f'cut {number}: {error}')
            return
        try:
            looking = Look(self.stage, self.verdict, number, known)
            looking.at_records(store)
            looking.with_daemon(store)
            self.verdict.figures['cuts'] += 1
        finally:
            self.disk.look_away(image)

    def peace(self):
        def rest_and_look():
            (self.stage.mount / 'ctl').write_text('resume\n')
            rest(self.stage, self.verdict)
            for text in judge.look_at_names(self.stage):
                self.verdict.find('names without complete bytes', text)

        if not in_peace(self.stage, self.verdict, rest_and_look):
            return
        forgive_unsynced(self.stage, self.requests, self.verdict)
        self.verdict.compare(self.stage, self.requests, self.history)

    def play(self, cuts):
        size = self.options.copies + 1
        for life in range((len(cuts) + size - 1) // size):
            self.live(life, cuts[life * size:(life + 1) * size])
            self.verdict.figures['lives'] += 1
        self.peace()


def play_episodes(directory, options):
    """The figures, and how many findings there were."""
    total, findings = Counter(), 0
    disk = powercuts_disk.Disk(directory)
    size = LIVES_AN_EPISODE * (options.copies + 1)
    try:
        for number, first in enumerate(range(0, options.cuts, size)):
            disk.format()
            if number == 0 and not disk.forgets():
                raise RuntimeError('this disk keeps what was not synced')
            episode = Episode(number, disk, directory / str(number), options)
            try:
                episode.play(list(range(first, min(first + size, options.cuts))))
            finally:
                episode.stage.close()
                for text in episode.verdict.findings:
                    print(f'episode {number}: {text}', flush=True)
            total += episode.verdict.figures
            findings += len(episode.verdict.findings)
            if not episode.verdict.findings:
                shutil.rmtree(episode.stage.directory)
    finally:
        disk.close()
    return total, findings


def table(figures, seconds):
    print(f'\n{figures["cuts"]} cuts in {seconds:.0f} s, {os.cpu_count()} cores: '
          f'{figures["lives"]} of a daemon that ended there, and whose disk went on, '
          f'{figures["cuts"] - figures["lives"]} of one that ran on\n')
    for name in FIGURES:
        print(f'| {name} | {figures[name]} |')
    for name in FINDINGS + judge.FINDINGS:
        print(f'| **{name}** | **{figures[name]}** |')


def main():
    options = arguments()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1, 1 << 31)
    if os.getuid() != 0:
        print('only root can cut the power: this mounts disk images', file=sys.stderr)
        return 2
    if not os.access(Path(options.build, 'easelfs'), os.X_OK):
        print(f'no {options.build}/easelfs: make', file=sys.stderr)
        return 2
    print(f'seed {options.seed}; again: make powercuts SEED={options.seed} CUTS={options.cuts}',
          flush=True)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(2))
    directory = Path(tempfile.mkdtemp(prefix='easelfs-powercuts.')).resolve()
    findings, begun = None, time.monotonic()
    try:
        powercuts_disk.leave_the_mounts_of_others()
        figures, findings = play_episodes(directory, options)
    except (RuntimeError, OSError, sqlite3.Error) as error:
        print(f'it could not run: {error}', file=sys.stderr)
    finally:
        if findings == 0:
            shutil.rmtree(directory)
        else:
            (directory / 'host.xfs').unlink(missing_ok=True)
            print(f'# logs and ledgers are kept in {directory}', file=sys.stderr)
    if findings is None:
        return 2
    table(figures, time.monotonic() - begun)
    return 1 if findings else 0


if __name__ == '__main__':
    sys.exit(main())
