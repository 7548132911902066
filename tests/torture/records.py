"""What the store, the ledger and the record of what was asked have."""
import json
import re
import sqlite3

# As src and include have them (job/state.h): kept in stores by number.
QUEUED, SUBMITTING, RUNNING, FETCHING, DONE, REJECTED, FAILED, CANCELLED, HELD = range(3, 12)
OPEN = 1 # a file: changed, and its last close not recorded
INTERRUPTED, KEY, CREDIT, PRICE, LIMIT, OVERDUE, DOUBT = range(1, 8)
MARKER = re.compile(r'm\d+x\d+x\d+m')


def marker_of(text):
    found = MARKER.search(text)
    return found.group(0) if found else None


def key_of(thing):
    """Of a call, or a charge."""
    return marker_of(thing['prompt']), thing['seed']


def lines(path):
    """Lines of JSON; the last may be cut, where its writer was killed."""
    if not path.exists():
        return
    texts = path.read_text(encoding='utf-8', errors='replace').split('\n')
    for text in texts[:-1]:
        yield json.loads(text)


def rows(path, query):
    """Of a database that somebody may be using."""
    connection = sqlite3.connect(f'file:{path}?mode=ro', uri=True, timeout=10)
    connection.row_factory = sqlite3.Row
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()
