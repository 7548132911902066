"""What a cut left on the disk, against what was known outside of it a moment before."""
import copy
import hashlib
import json
import re
import shutil
import sqlite3
import time
from contextlib import closing

from records import CANCELLED, DOUBT, HELD, INTERRUPTED, QUEUED, SUBMITTING, marker_of, rows
from verdict import CALLS, is_whole_png, look_at_names

SETTLE_S = 20
# Each has to be 0. Those of verdict.py come after them, for what went on until it was at rest.
FINDINGS = ('charges without an intent', 'charges that would be sent again', 'forgotten ids',
            'names that are gone', 'synced but lost', 'cancelled but to be sent', 'failed integrity checks',
            'stores that do not open')


def parsed(data):
    """Lines of JSON; the last may not be whole yet."""
    return (json.loads(line) for line in data.splitlines(keepends=True) if line.endswith(b'\n'))


class Known:
    """What the world outside the disk has seen before the cut: it must be on the disk."""

    def __init__(self, stage, writer):
        self.synced = dict(writer.synced)
        self.cancelled = set(writer.cancelled)
        self.removed = writer.removed # what goes between here and the cut, too
        try:
            self.names = {path.name for path in (stage.mount / 'images').iterdir()}
        except OSError: # not mounted yet
            self.names = set()
        self.read(stage)

    def read(self, stage):
        """Last, and no more than the bytes: in the time it takes the next sync may come."""
        self.asked_bytes, self.charge_bytes = stage.asked.read_bytes(), stage.ledger.read_bytes()

    @property
    def charges(self):
        return list(parsed(self.charge_bytes))

    @property
    def asked_after(self):
        """The ids that were asked after."""
        return {part for line in parsed(self.asked_bytes) if line.get('method') == 'GET'
                for part in re.split(r'[/?]', line.get('path', ''))}


def calls_of_charges(database, charges):
    calls = {(marker_of(call['prompt']), call['seed']): call for call in rows(database, CALLS)}
    return [(charge, calls.get((marker_of(charge['prompt']), charge['seed'])))
            for charge in charges]


def is_picture_of(image, path):
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return len(data) == image['size'] and is_whole_png(data) and \
        hashlib.sha256(data).hexdigest() == image['sha256']


class Look:
    """At one copy of the disk, as it is, and then with a daemon that can submit nothing and whose
    questions nobody answers: the simulator is stopped, and not where it asks for it."""

    def __init__(self, stage, verdict, number, known):
        self.verdict, self.number, self.known = verdict, number, known
        self.intents = set() # calls of charges, when there is nothing but the intent
        self.directory = stage.directory / 'look'
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir()
        self.stage = copy.copy(stage)
        self.stage.directory, self.stage.daemon = self.directory, None
        self.stage.mount = self.directory / 'mnt'
        self.stage.mount.mkdir()
        config = (stage.directory / 'easelfs.ini').read_text()
        (self.directory / 'easelfs.ini').write_text(
            re.sub(r'(?m)^(base_url = http://127\.0\.0\.1):\d+', r'\1:9', config))

    def find(self, kind, text):
        self.verdict.find(kind, f'cut {self.number}: {text}')

    def at_records(self, store):
        """Before a daemon looks: opening it would repair it, so this is done to a copy."""
        for name in ('easelfs.db', 'easelfs.db-wal'):
            if (store / name).exists():
                shutil.copy(store / name, self.directory / name)
        database = self.directory / 'easelfs.db'
        try:
            with closing(sqlite3.connect(database)) as connection:
                said = connection.execute('PRAGMA integrity_check').fetchone()[0]
                tables = connection.execute('SELECT count(*) FROM sqlite_schema').fetchone()[0]
            if said != 'ok':
                self.find('failed integrity checks', said)
            if tables == 0: # cut before there was anything to keep
                self.verdict.figures['cuts before there was a store'] += 1
                for charge in self.known.charges:
                    self.find('charges without an intent', charge['prompt'])
                return
            self.compare_charges(database)
            self.compare_cancelled(database)
            for image in rows(database, 'SELECT * FROM image WHERE folder IS NOT NULL'):
                self.verdict.figures['pictures recorded at cuts'] += 1
                if not is_picture_of(image, store / 'images' / image['blob']):
                    self.find('names without complete bytes', image['blob'])
        except sqlite3.DatabaseError as error:
            self.find('failed integrity checks', repr(error))

    def compare_charges(self, database):
        charges, asked_after = self.known.charges, self.known.asked_after
        self.verdict.figures['charges at cuts'] += len(charges)
        for charge, call in calls_of_charges(database, charges):
            if not call:
                self.find('charges without an intent', charge['prompt'])
            elif call['state'] == QUEUED:
                self.find('charges that would be sent again', charge['prompt'])
            elif not call['remote_id'] and charge['id'] in asked_after:
                self.find('forgotten ids', charge['prompt'])
            elif call['state'] == SUBMITTING:
                self.intents.add(call['id'])
                self.verdict.figures['charges at cuts whose intent was all there was'] += 1

    def compare_cancelled(self, database):
        states = {marker_of(call['prompt']): call['state'] for call in rows(database, CALLS)}
        self.verdict.figures['cancelled requests at cuts'] += len(self.known.cancelled)
        for marker in sorted(self.known.cancelled):
            if states.get(marker) != CANCELLED:
                self.find('cancelled but to be sent', f'{marker} is in state {states.get(marker)}')

    def with_daemon(self, store):
        self.stage.store = store
        self.stage.start_daemon()
        try:
            self.stage.await_mount()
            self.look_for_resends()
            self.settle()
            for text in look_at_names(self.stage):
                self.find('names without complete bytes', text)
            self.look_for_known()
        except (RuntimeError, OSError, sqlite3.Error) as error:
            self.find('stores that do not open', repr(error))
        finally:
            self.stage.daemon.kill()
            self.stage.daemon.wait()
            self.stage.unmount()

    def settle(self):
        """Until every picture has its name, and nothing is as the cut left it."""
        until = time.monotonic() + SETTLE_S
        busy = 'SELECT 1 FROM image WHERE announced = 0 UNION ALL SELECT 1 FROM file ' \
            'WHERE job IS NOT NULL AND change IN (1, 2) LIMIT 1'
        while rows(self.stage.store / 'easelfs.db', busy):
            if time.monotonic() > until:
                raise RuntimeError(f'not settled after {SETTLE_S} s')
            time.sleep(0.01)

    def look_for_resends(self):
        """A paid call of which the cut left the intent only is put in doubt soon after the start:
        from submitting to there, and nowhere else."""
        until = time.monotonic() + SETTLE_S
        resent, waiting = set(), True
        while waiting:
            waiting = False
            for charge, call in calls_of_charges(self.stage.store / 'easelfs.db',
                                                 self.known.charges):
                if not call: # found before
                    continue
                in_doubt = call['state'] == HELD and call['hold'] == DOUBT
                if call['state'] == SUBMITTING and call['id'] in self.intents:
                    waiting = True
                elif call['state'] in (QUEUED, SUBMITTING) or \
                        (call['id'] in self.intents and not in_doubt):
                    resent.add(charge['prompt'])
            if waiting and time.monotonic() > until:
                raise RuntimeError(f'intents without doubt after {SETTLE_S} s')
        for prompt in sorted(resent):
            self.find('charges that would be sent again', f'{prompt} after a start')

    def look_for_known(self):
        shown = {path.name for path in (self.stage.mount / 'images').iterdir()}
        for name in sorted(self.known.names - self.known.removed - shown):
            self.find('names that are gone', name)
        self.verdict.figures['names shown before cuts'] += len(self.known.names)
        self.verdict.figures['synced requests at cuts'] += len(self.known.synced)
        for marker, text in self.known.synced.items():
            try:
                kept = (self.stage.mount / 'requests' / f'{marker}.txt').read_text()
            except OSError as error:
                kept = repr(error)
            if kept != text:
                self.find('synced but lost', f'{marker}: {kept[:60]!r}')


def forgive_unsynced(stage, requests, verdict):
    """What close(2) accepted and nobody synced may be lost, as a whole: counted, not found. What
    is left of it, if only a name, is judged as any other."""
    kept = {bytes(row['name']).decode().split('.')[0] for row in rows(
        stage.store / 'easelfs.db', 'SELECT name FROM file WHERE folder IS NOT NULL')}
    for marker, request in requests.items():
        if request.accepted and request.is_synced:
            verdict.figures['requests accepted and synced'] += 1
        elif request.accepted:
            verdict.figures['requests accepted, never synced'] += 1
            if marker not in kept:
                verdict.figures['requests accepted, never synced, and lost'] += 1
                request.accepted = False
    interrupted = rows(stage.store / 'easelfs.db',
                       f'SELECT 1 FROM run WHERE state = {HELD} AND hold = {INTERRUPTED}')
    verdict.figures['requests held as interrupted at the end'] += len(interrupted)
