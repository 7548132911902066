"""The store and the mount against the simulator's ledger."""
import hashlib
import json
import re
import sqlite3
import shutil
import struct
import zlib
from collections import Counter, defaultdict

from choices import WORTH

# As src and include have them (job/state.h): kept in stores by number.
QUEUED, SUBMITTING, RUNNING, FETCHING, DONE, REJECTED, FAILED, CANCELLED, HELD = range(3, 12)
INTERRUPTED, KEY, CREDIT, PRICE, LIMIT, OVERDUE, DOUBT = range(1, 8)
MARKER = re.compile(r'm\d+x\d+x\d+m')

# Each has to be 0.
FINDINGS = ('charged twice', 'paid but missing', 'accepted but lost', 'names without complete bytes',
            'held without a fault inside submitting', 'spent over the limit',
            'paid but not counted as spent', 'removed but still there', 'not at rest', 'ended otherwise', 'ended with an error')


def marker_of(text):
    found = MARKER.search(text)
    return found.group(0) if found else None


def lines(path):
    """Lines of JSON; the last may be cut, where its writer was killed."""
    if not path.exists():
        return
    with open(path, encoding='utf-8') as file:
        for line in file:
            try:
                yield json.loads(line)
            except ValueError:
                continue


def rows(path, query):
    """Of a database that somebody may be using."""
    connection = sqlite3.connect(f'file:{path}?mode=ro', uri=True, timeout=10)
    connection.row_factory = sqlite3.Row
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


CALLS = ('SELECT call.*, CAST(run.prompt AS TEXT) AS prompt, run.state AS run_state, '
         'CAST(call.error AS TEXT) AS why FROM call JOIN run ON run.id = call.run')


def after_kill(stage, seen):
    """The calls that were on their way, and those in doubt that were not before. Looks at a
    copy: opening what a dead daemon left would change it."""
    copy = stage.directory / 'copy'
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for name in ('easelfs.db', 'easelfs.db-wal'):
        if (stage.store / name).exists():
            shutil.copy(stage.store / name, copy / name)
    if not (copy / 'easelfs.db').exists():
        return set(), set()
    try:
        calls = rows(copy / 'easelfs.db', f'SELECT id, state, hold FROM call '
                     f'WHERE state = {SUBMITTING} OR (state = {HELD} AND hold = {DOUBT})')
    except sqlite3.OperationalError: # killed before it had a schema
        return set(), set()
    doubt = {call['id'] for call in calls if call['state'] == HELD}
    return {call['id'] for call in calls if call['state'] == SUBMITTING}, doubt - seen


def is_at_rest(stage):
    busy = rows(stage.store / 'easelfs.db',
                f'SELECT 1 FROM call WHERE state IN ({QUEUED}, {SUBMITTING}, {RUNNING}, {FETCHING}) '
                f'OR (state = {HELD} AND hold = {OVERDUE}) '
                'UNION ALL SELECT 1 FROM image WHERE announced = 0 '
                'UNION ALL SELECT 1 FROM file WHERE job IS NOT NULL AND change IN (1, 2) LIMIT 1')
    return not busy


def overdue(stage):
    return [row['name'] for row in rows(
        stage.store / 'easelfs.db', 'SELECT DISTINCT CAST(job.name AS TEXT) AS name FROM call '
        'JOIN run ON run.id = call.run JOIN job ON job.id = run.job '
        f'WHERE call.state = {HELD} AND call.hold = {OVERDUE}')]


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


def look_at_names(stage):
    """Every name in images/, and every picture that a job.json tells of, through the mount."""
    bad = []
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
        except (KeyError, OSError) as error:
            bad.append(f'{name}: {error!r}')
    for job in (stage.mount / 'jobs').iterdir():
        told = json.loads((job / 'job.json').read_text())
        for image in told.get('images', ()):
            path = job / 'images' / image['name']
            try:
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
            except FileNotFoundError: # removed by a person: no link, or one to nothing
                if path.resolve().exists() or image['name'] in recorded:
                    bad.append(f'{job.name}: {image["name"]} is gone')
                continue
            if digest != image['sha256']:
                bad.append(f'{job.name}: {image["name"]}: other bytes than job.json says')
    return bad


def has_repeated_id(marker, calls, charges, requests):
    """The provider gave this request the id of another one, whose own reply never arrived:
    whose picture it is only the provider knows. Seed and number of pictures are the other's."""
    request = requests.get(marker)
    if not request or not any('dupid' in fault for fault in request.faults):
        return False
    owners = {charge['id']: marker_of(charge['prompt']) for charge in charges}
    return any(marker_of(call['prompt']) == marker and owners.get(call['remote_id'], marker) != marker
               for call in calls)


class Verdict:
    """What an episode came to: figures to be added up, and a line for each finding."""

    def __init__(self):
        self.figures = Counter()
        self.findings = []

    def find(self, kind, text):
        self.figures[kind] += 1
        self.findings.append(f'{kind}: {text}')

    def compare(self, stage, requests, excused):
        """`excused` are calls that a kill, the simulator's or its own, found under way."""
        database = stage.store / 'easelfs.db'
        calls = rows(database, CALLS)
        charges = list(lines(stage.ledger))
        images = rows(database, 'SELECT * FROM image')
        self.count(calls, charges, requests)
        self.compare_requests(database, calls, requests)
        self.compare_charges(calls, charges, images, requests)
        self.judge_doubts(stage, calls, charges, requests, excused)
        self.add_up(stage, calls, charges, requests)
        self.look_at_files(stage, images)

    def count(self, calls, charges, requests):
        words = {DONE: 'calls done', FAILED: 'calls failed'}
        holds = {DOUBT: 'calls held in doubt', LIMIT: 'calls held for the limit'}
        self.figures['requests accepted'] += sum(request.accepted for request in requests.values())
        self.figures['charges'] += len(charges)
        for call in calls:
            word = holds.get(call['hold']) if call['state'] == HELD else words.get(call['state'])
            if word:
                self.figures[word] += 1
            else:
                self.find('ended otherwise', f'{marker_of(call["prompt"])} is in state '
                          f'{call["state"]}, hold {call["hold"]}: {call["why"]}')
            if call['state'] == FAILED:
                self.find('ended otherwise', f'{marker_of(call["prompt"])} failed: {call["why"]}')

    def compare_requests(self, database, calls, requests):
        prompts = {marker_of(call['prompt']) for call in calls}
        interrupted = {row['name'].split('.')[0] for row in rows(
            database, 'SELECT CAST(job.name AS TEXT) AS name FROM run JOIN job ON job.id = run.job '
            f'WHERE run.state = {HELD} AND run.hold = {INTERRUPTED}')}
        self.figures['requests held, interrupted'] += len(interrupted)
        for marker, request in requests.items():
            if request.accepted and marker not in prompts and marker not in interrupted:
                self.find('accepted but lost', marker)
        for row in rows(database, 'SELECT CAST(prompt AS TEXT) AS prompt, CAST(error AS TEXT) AS why '
                        f'FROM run WHERE state = {REJECTED}'):
            prompts.add(marker_of(row['prompt']))
            self.find('ended otherwise', f'{marker_of(row["prompt"])} rejected: {row["why"]}')
        done = defaultdict(lambda: True)
        for call in calls:
            done[marker_of(call['prompt'])] &= call['state'] == DONE
        self.figures['requests done'] += sum(done.values())

    def compare_charges(self, calls, charges, images, requests):
        by_seed = {(marker_of(call['prompt']), call['seed']): call for call in calls}
        times = Counter((marker_of(charge['prompt']), charge['seed']) for charge in charges)
        pictures = Counter(image['call'] for image in images if image['announced'])
        for key, count in times.items():
            for _ in range(count - 1):
                self.find('charged twice', f'{key[0]}, seed {key[1]}')
        for charge in charges:
            key = (marker_of(charge['prompt']), charge['seed'])
            call = by_seed.get(key)
            if call and call['state'] == HELD and call['hold'] == DOUBT:
                self.figures['paid and held in doubt'] += 1
            elif has_repeated_id(key[0], calls, charges, requests):
                self.figures['done with the picture of a repeated id'] += 1
            elif not call or call['state'] != DONE or pictures[call['id']] != call['count']:
                self.find('paid but missing', f'{key[0]}, seed {key[1]}')

    def judge_doubts(self, stage, calls, charges, requests, excused):
        """Doubt needs a fault between the intent and the reply: an answer that says too little,
        a connection that was cut, a kill in between. Whoever was asked after by its id had an
        answer."""
        polled = {part for line in lines(stage.asked) if line.get('method') == 'GET'
                  for part in re.split(r'[/?]', line.get('path', ''))}
        ids = {(marker_of(charge['prompt']), charge['seed']): charge['id'] for charge in charges}
        others = {call['remote_id'] for call in calls if call['remote_id']}
        for call in calls:
            if call['state'] != HELD or call['hold'] != DOUBT:
                continue
            marker = marker_of(call['prompt'])
            mine = ids.get((marker, call['seed']))
            if mine in others: # a repeated id: another call took it
                continue
            request = requests.get(marker)
            if mine in polled:
                self.find('held without a fault inside submitting', f'{marker}: its id was known')
            elif call['id'] not in excused and not (request and request.doubtful):
                self.find('held without a fault inside submitting', f'{marker}: {call["why"]}')

    def add_up(self, stage, calls, charges, requests):
        by_seed = {(marker_of(call['prompt']), call['seed']): call for call in calls}
        days = Counter()
        for charge in charges:
            marker = marker_of(charge['prompt'])
            call = by_seed.get((marker, charge['seed']))
            if not call:
                continue
            days[call['spent_day']] += WORTH[charge['provider']] * charge['pictures']
            if call['spent_micro'] + 0.5 < charge['amount'] * 1e6 and \
                    not has_repeated_id(marker, calls, charges, requests):
                self.find('paid but not counted as spent', marker)
        limit = stage.episode.limit_usd
        for day, spent in days.items():
            if stage.episode.has_limit and spent > limit + 1e-6:
                self.find('spent over the limit', f'day {day}: {spent:.3f} of {limit} USD')

    def look_at_files(self, stage, images):
        doomed = rows(stage.store / 'easelfs.db', 'SELECT blob FROM doomed')
        files = {str(path.relative_to(stage.store / 'images'))
                 for path in (stage.store / 'images').glob('*/*')}
        for row in doomed:
            self.find('removed but still there', row['blob'])
        for image in images:
            if image['folder'] is None and image['blob'] in files:
                self.find('removed but still there', image['blob'])
        self.figures['files that no record mentions'] += len(
            files - {image['blob'] for image in images})
        left = list((stage.store / 'incoming').iterdir())
        self.figures['leftovers in incoming'] += len(left)
