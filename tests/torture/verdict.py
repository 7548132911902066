"""The store and the mount against the simulator's ledger."""
import hashlib
import json
import re
import sqlite3
import shutil
import struct
import zlib
from collections import Counter, defaultdict

import money
from records import (CANCELLED, DONE, DOUBT, FAILED, FETCHING, HELD, INTERRUPTED, LIMIT, OPEN,
                     OVERDUE, QUEUED, REJECTED, RUNNING, SUBMITTING, key_of, lines, marker_of, rows)

# Each has to be 0.
FINDINGS = ('charged twice', 'paid but missing', 'accepted but lost', 'names without complete bytes',
            'held without a fault inside submitting', 'spent over the limit',
            'paid but not counted as spent', 'counted otherwise', 'removed but still there',
            'other than was asked', 'two calls of one id', 'interrupted or not', 'not at rest',
            'ended otherwise', 'ended with an error')

# By a person: what was interrupted is sent then.
SENDS_INTERRUPTED = ('retry', 'same', 'change')

CALLS = ('SELECT call.*, CAST(run.prompt AS TEXT) AS prompt, run.state AS run_state, '
         'CAST(call.error AS TEXT) AS why FROM call JOIN run ON run.id = call.run')


class History:
    """What each death left behind, before the next start changed it."""

    def __init__(self):
        self.lives = []
        self.submitting = {} # call: the life in which it was sent
        self.cut = set()     # calls in doubt since a life that lost the simulator
        self.being_written = {} # names of requests that a death found open: its life
        self.doubts = set()

    def simulators(self):
        return 1 + sum(life.this.simulator_kill_s is not None for life in self.lives)

    def add(self, stage, life):
        """Looks at a copy: opening what a dead daemon left would change it."""
        self.lives.append(life)
        copy = stage.directory / 'copy'
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for name in ('easelfs.db', 'easelfs.db-wal'):
            if (stage.store / name).exists():
                shutil.copy(stage.store / name, copy / name)
        if not (copy / 'easelfs.db').exists():
            return
        try:
            calls = rows(copy / 'easelfs.db', f'SELECT id, state, hold FROM call '
                         f'WHERE state = {SUBMITTING} OR (state = {HELD} AND hold = {DOUBT})')
            files = rows(copy / 'easelfs.db', 'SELECT CAST(name AS TEXT) AS name FROM file '
                         f'WHERE job IS NOT NULL AND change = {OPEN}')
        except sqlite3.OperationalError: # killed before it had a schema
            return
        doubts = {call['id'] for call in calls if call['state'] == HELD}
        if life.lost_simulator:
            self.cut |= doubts - self.doubts
        self.doubts |= doubts
        for row in files:
            self.being_written.setdefault(marker_of(row['name']), life)
        if life.end == 'ended': # it awaited the answers
            return
        for call in calls:
            if call['state'] == SUBMITTING:
                self.submitting.setdefault(call['id'], life)

    def life_of(self, charge, call):
        """That in which it was asked for. A charge may be made after the death of who asked;
        his call was found on its way then."""
        if call['id'] in self.submitting:
            return self.submitting[call['id']]
        for life in self.lives:
            if life.begun_ms <= charge['time_ms'] <= life.died_ms:
                return life
        return None


def is_at_rest(stage):
    return not rows(stage.store / 'easelfs.db',
                f'SELECT 1 FROM call WHERE state IN ({QUEUED}, {SUBMITTING}, {RUNNING}, {FETCHING}) '
                f'OR (state = {HELD} AND hold = {OVERDUE}) '
                'UNION ALL SELECT 1 FROM image WHERE announced = 0 '
                'UNION ALL SELECT 1 FROM file WHERE job IS NOT NULL AND change IN (1, 2) LIMIT 1')


def busy(stage):
    return ', '.join(f'call {row["id"]} in state {row["state"]}, hold {row["hold"]}' for row in rows(
        stage.store / 'easelfs.db', 'SELECT id, state, hold FROM call WHERE state IN '
        f'({QUEUED}, {SUBMITTING}, {RUNNING}, {FETCHING}) OR (state = {HELD} AND hold = {OVERDUE})'))


def overdue(stage):
    """Jobs whose newest run is: a command does not reach the others, which are asked after all the
    same."""
    return [row['name'] for row in rows(
        stage.store / 'easelfs.db', 'SELECT DISTINCT CAST(job.name AS TEXT) AS name FROM call '
        'JOIN run ON run.id = call.run JOIN job ON job.id = run.job '
        f'WHERE call.state = {HELD} AND call.hold = {OVERDUE} AND run.joined = 0 AND run.number = '
        '(SELECT max(number) FROM run AS other WHERE other.job = run.job AND other.joined = 0)')]


def are_doomed(stage):
    """Pictures whose files are deleted at the next start."""
    return bool(rows(stage.store / 'easelfs.db', 'SELECT 1 FROM doomed LIMIT 1'))


def pixels_of(data):
    """What of a PNG is not its metadata."""
    at, found = 8, hashlib.sha256()
    while at + 8 <= len(data):
        size, kind = struct.unpack('>I4s', data[at:at + 8])
        if kind in (b'PLTE', b'IDAT'):
            found.update(data[at + 8:at + 8 + size])
        at += 12 + size
    return found.hexdigest()


def is_whole_png(data):
    if data[:8] != b'\x89PNG\r\n\x1a\n':
        return False
    at = 8
    while at + 12 <= len(data):
        size, kind = struct.unpack('>I4s', data[at:at + 8])
        body = data[at + 4:at + 8 + size]
        if len(body) != size + 4 or \
                zlib.crc32(body) != struct.unpack('>I', data[at + 8 + size:at + 12 + size])[0]:
            return False
        at += 12 + size
        if kind == b'IEND':
            return at == len(data)
    return False


def taken_from_others(stage):
    """Names of pictures that came by a repeated id: whose they are only the provider knows."""
    owners = {charge['id']: key_of(charge) for charge in lines(stage.ledger)}
    return {row['name'] for row in rows(
        stage.store / 'easelfs.db', 'SELECT CAST(image.name AS TEXT) AS name, call.remote_id, call.seed, '
        'CAST(run.prompt AS TEXT) AS prompt FROM image JOIN call ON call.id = image.call '
        'JOIN run ON run.id = call.run')
            if owners.get(row['remote_id'], key_of(row)) != key_of(row)}


def look_at_names(stage):
    """Every name in images/, and every picture that a job.json tells of, through the mount."""
    bad, seen = [], {}
    strange = taken_from_others(stage)
    recorded = {row['name']: row for row in rows(
        stage.store / 'easelfs.db', 'SELECT CAST(name AS TEXT) AS name, sha256, size FROM image '
        'WHERE announced = 1 AND folder IS NOT NULL')}
    shown = {path.name: path for path in (stage.mount / 'images').iterdir()}
    for name in sorted(set(recorded) | set(shown)):
        try:
            data = shown[name].read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            if name not in recorded or digest != recorded[name]['sha256'] or \
                    len(data) != recorded[name]['size'] or not is_whole_png(data):
                bad.append(f'{name}: other bytes than its record')
            other = name if name in strange else seen.setdefault(pixels_of(data), name)
            if other != name:
                bad.append(f'{name}: the picture of {other}')
        except (KeyError, OSError) as error:
            bad.append(f'{name}: {error!r}')
    for job in (stage.mount / 'jobs').iterdir():
        told = json.loads((job / 'job.json').read_text())
        for image in told.get('images', ()):
            path = job / 'images' / image['name']
            try:
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
            except FileNotFoundError: # removed by a person: no link, or one to nothing
                kept = recorded.get(image['name']) # or another one has its name since
                if path.resolve().exists() or (kept and kept['sha256'] == image['sha256']):
                    bad.append(f'{job.name}: {image["name"]} is gone')
                continue
            if digest != image['sha256']:
                bad.append(f'{job.name}: {image["name"]}: other bytes than job.json says')
    return bad


class Verdict:
    """What an episode came to: figures to be added up, and a line for each finding."""

    def __init__(self):
        self.figures = Counter()
        self.findings = []

    def find(self, kind, text):
        self.figures[kind] += 1
        self.findings.append(f'{kind}: {text}')

    def compare(self, stage, requests, history):
        """`requests` by their markers."""
        self.database = stage.store / 'easelfs.db'
        self.stage, self.requests, self.history = stage, requests, history
        self.calls = rows(self.database, CALLS)
        self.charges = list(lines(stage.ledger))
        self.images = rows(self.database, 'SELECT * FROM image')
        self.by_key = {key_of(call): call for call in self.calls}
        self.owners = {(charge['provider'], charge['id']): key_of(charge) for charge in self.charges}
        self.count()
        self.compare_requests()
        self.compare_calls()
        self.compare_charges()
        self.judge_doubts()
        self.look_at_files()
        money.add_up(self)

    def request_of(self, call):
        return self.requests.get(marker_of(call['prompt']))

    def may_be_cancelled(self, call):
        """By a person, or by other bytes before it was sent."""
        request = self.request_of(call)
        return request and (request.is_replaced or request.home and request.home.tried['cancel'])

    def takes_another(self, call):
        """Whether the provider called it by the id of another one, whose own reply never
        arrived: whose picture it is only the provider knows."""
        owner = self.owners.get((call['provider'], call['remote_id']))
        request = self.request_of(call)
        return owner not in (None, key_of(call)) and request and request.repeats_ids()

    def call_of(self, charge):
        """One that took the id of another has that one's seed: what the provider used counts."""
        key = key_of(charge)
        return self.by_key.get(key) or next(
            (call for call in self.calls
             if marker_of(call['prompt']) == key[0] and self.takes_another(call)), None)

    def count(self):
        words = {DONE: 'calls done', FAILED: 'calls failed'}
        holds = {DOUBT: 'calls held in doubt', LIMIT: 'calls held for the limit'}
        self.figures['requests accepted'] += sum(request.accepted for request in self.requests.values())
        self.figures['charges'] += len(self.charges)
        self.figures['calls on their way at a death'] += len(self.history.submitting)
        for charge in self.charges:
            self.figures[f'charges by {charge["provider"]}'] += 1
        for call in self.calls:
            word = holds.get(call['hold']) if call['state'] == HELD else words.get(call['state'])
            if call['state'] == CANCELLED and self.may_be_cancelled(call):
                self.figures['calls cancelled'] += 1
            elif word:
                self.figures[word] += 1
            else:
                self.find('ended otherwise', f'{marker_of(call["prompt"])} is in state '
                          f'{call["state"]}, hold {call["hold"]}: {call["why"]}')
            if call['state'] == FAILED:
                self.find('ended otherwise', f'{marker_of(call["prompt"])} failed: {call["why"]}')

    def compare_requests(self):
        """A death in the middle of writing is what holds a request as interrupted, and nothing
        sends it then."""
        prompts = {marker_of(call['prompt']) for call in self.calls}
        interrupted = {marker_of(row['name']) for row in rows(
            self.database, 'SELECT CAST(job.name AS TEXT) AS name FROM run JOIN job ON job.id = run.job '
            f'WHERE run.state = {HELD} AND run.hold = {INTERRUPTED}')}
        cancelled = {marker_of(row['name']) for row in rows(
            self.database, 'SELECT CAST(job.name AS TEXT) AS name FROM run JOIN job ON job.id = run.job '
            f'WHERE run.state = {CANCELLED}')}
        written = self.history.being_written
        self.figures['requests held, interrupted'] += len(interrupted)
        for marker in sorted(interrupted - set(written)):
            self.find('interrupted or not', f'{marker} is held as interrupted, and was closed')
        for marker, life in written.items():
            request = self.requests.get(marker)
            home = request and request.home
            if marker in prompts and not any(home and home.tried[word] for word in SENDS_INTERRUPTED):
                self.find('interrupted or not', f'{marker} was interrupted, and is sent')
            if home and home.closed_ms and home.closed_ms < life.hears_ms():
                self.find('interrupted or not', f'the close of {marker} was not recorded')
        for marker, request in self.requests.items():
            home = request.home.versions[0].marker if request.home else marker
            if request.accepted and not request.is_replaced and marker not in prompts and \
                    home not in interrupted and \
                    not (home in cancelled and request.home.tried['cancel']):
                self.find('accepted but lost', marker)
        for row in rows(self.database, 'SELECT CAST(prompt AS TEXT) AS prompt, '
                        f'CAST(error AS TEXT) AS why FROM run WHERE state = {REJECTED}'):
            prompts.add(marker_of(row['prompt']))
            self.find('ended otherwise', f'{marker_of(row["prompt"])} rejected: {row["why"]}')
        done = defaultdict(lambda: True)
        for call in self.calls:
            done[marker_of(call['prompt'])] &= call['state'] == DONE
        self.figures['requests done'] += sum(done.values())

    def compare_calls(self):
        """A run asks for what its request says; nobody's id is another one's."""
        runs, ids = defaultdict(list), defaultdict(list)
        for call in self.calls:
            runs[call['run']].append(call)
            if call['remote_id']:
                ids[call['provider'], call['remote_id']].append(call)
        for calls in runs.values():
            request, marker = self.request_of(calls[0]), marker_of(calls[0]['prompt'])
            asked = sum(call['count'] for call in calls)
            if not request or calls[0]['prompt'] != request.prompt():
                self.find('other than was asked', f'the prompt {calls[0]["prompt"]!r}')
            elif asked != request.count:
                self.find('other than was asked', f'{marker}: {asked} pictures of {request.count}')
        times = Counter(marker_of(calls[0]['prompt']) for calls in runs.values())
        for marker, number in times.items():
            request = self.requests.get(marker)
            if number > (request.home.runs() if request and request.home else 1):
                self.find('other than was asked', f'{marker} has {number} runs')
        for (provider, name), calls in ids.items():
            if len(calls) > 1:
                self.find('two calls of one id', f'{name} at {provider}: ' +
                          ', '.join(marker_of(call['prompt']) for call in calls))

    def compare_charges(self):
        times = Counter(key_of(charge) for charge in self.charges)
        pictures = Counter(image['call'] for image in self.images if image['announced'])
        for key, number in times.items():
            for _ in range(number - 1):
                self.find('charged twice', f'{key[0]}, seed {key[1]}')
        for charge in self.charges:
            key = key_of(charge)
            call, request = self.call_of(charge), self.requests.get(key[0])
            if not request or charge['prompt'] != request.prompt():
                self.find('other than was asked', f'paid for the prompt {charge["prompt"]!r}')
            if call and charge['pictures'] != call['count']:
                self.find('other than was asked', f'{key[0]}: paid for {charge["pictures"]} '
                          f'pictures of {call["count"]}')
            if call and call['state'] == HELD and call['hold'] == DOUBT:
                self.figures['paid and held in doubt'] += 1
            elif call and call['state'] == DONE and self.takes_another(call):
                self.figures['done with the picture of a repeated id'] += 1
            elif call and call['state'] == CANCELLED and self.may_be_cancelled(call):
                self.figures['paid and cancelled'] += 1
            elif not call or call['state'] != DONE or pictures[call['id']] != call['count']:
                self.find('paid but missing', f'{key[0]}, seed {key[1]}')

    def judge_doubts(self):
        """Doubt needs a fault between the intent and the record of the reply: an answer that says
        too little, a connection that was cut, a kill in between, and none that came long after
        the reply. Whoever was asked after by its id had an answer."""
        polled = {part for line in lines(self.stage.asked) if line.get('method') == 'GET'
                  for part in re.split(r'[/?]', line.get('path', ''))}
        charges = {key_of(charge): charge for charge in self.charges}
        others = {call['remote_id']: call for call in self.calls if call['remote_id']}
        by_faults = Counter()
        for call in self.calls:
            if call['state'] != HELD or call['hold'] != DOUBT:
                continue
            key, request = key_of(call), self.request_of(call)
            charge = charges.get(key)
            other = charge and others.get(charge['id'])
            if other and self.takes_another(other):
                continue
            if charge and charge['id'] in polled:
                self.find('held without a fault inside submitting', f'{key[0]}: its id was known')
            elif call['id'] in self.history.submitting:
                self.judge_death(call, charge, request)
            elif call['id'] not in self.history.cut:
                by_faults[key[0]] += 1
                if not request or not request.doubtful or by_faults[key[0]] > \
                        self.history.simulators() * request.doubts():
                    self.find('held without a fault inside submitting', f'{key[0]}: {call["why"]}')

    def judge_death(self, call, charge, request):
        life = self.history.submitting[call['id']]
        if not charge:
            return
        late_ms = life.died_ms - charge['time_ms'] - (request.late_reply_ms() if request else 0)
        if late_ms > life.patience_ms():
            self.find('held without a fault inside submitting', f'{marker_of(call["prompt"])}: it '
                      f'died {late_ms:.0f} ms after the reply (of {life.patience_ms():.0f})')

    def look_at_files(self):
        stage = self.stage
        files = {str(path.relative_to(stage.store / 'images'))
                 for path in (stage.store / 'images').glob('*/*')}
        for row in rows(self.database, 'SELECT blob FROM doomed'):
            self.find('removed but still there', row['blob'])
        for image in self.images:
            name = image['name'].decode(errors='replace')
            if image['folder'] is None and image['blob'] in files:
                self.find('removed but still there', image['blob'])
            if image['folder'] is None and image['sha256'] not in stage.maybe_removed:
                self.find('paid but missing', f'{name}: nobody removed it')
            if image['folder'] is not None and image['sha256'] in stage.removed:
                self.find('removed but still there', name)
        self.figures['files that no record mentions'] += len(
            files - {image['blob'] for image in self.images})
        left = list((stage.store / 'incoming').iterdir())
        self.figures['leftovers in incoming'] += len(left)
