"""Sends what is written down here to a new easelfs-simulator, and compares replies:

    replay.py SIMULATOR FILE...

recorded/*.json is what a published client asked, and the replies it was content with.
A reply must have the same status, headers and members; {id}, {id 2} stand for a job's
id, {origin} and {images} for a listener, {time}, {png} and {number} for any. A request
with several replies is a poll: it is repeated until the last, and none before may come
out of order.

examples/*.json is what a provider's page shows. Each step has the request and the reply
as they are printed there, and what we know besides:

    fixed       pointers to values that must be the printed ones, too; elsewhere the type
                is compared, and that a URL is one
    again       the request is repeated until the reply is so
    ids         printed ids or URLs, and where in the reply the real one is, which later
                steps have in their place
    otherwise   pointers to what the simulator does in another way, and why: such a
                member is not there, or is of another type
    complete    the reply has no members that the page has not
    members     instead of a reply: a page's table of members and types

Prints TAP, a line for each file.
"""

import base64
import http.client
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

DEADLINE_S = 30 * float(os.environ.get("EASELFS_SLOWNESS", "1"))
POLL_S = 0.02
KEYS = {
    "scenario": "Basic " + base64.b64encode(b"sim-key:sim-secret").decode(),
    "pixeldojo": "Bearer sim-key",
    "wavespeed": "Bearer sim-key",
    "fal": "Key sim-key",
}
TYPES = {
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"
WORD = re.compile(r"\{(id(?: \d+)?|origin|images|time|png|number)\}")


class Different(Exception):
    """A reply is not what is written down; says how."""


class Simulator:
    """A simulator of our own, with what it printed: the URL of each listener."""

    def __init__(self, program):
        self.process = subprocess.Popen(
            [program, "--latency=fixed:150"], stdout=subprocess.PIPE, text=True
        )
        self.urls = {}
        while "images" not in self.urls:
            line = self.process.stdout.readline()
            if not line:
                raise Different(f"{program} ended with {self.process.wait()}")
            name, url = line.split()
            self.urls[name] = url

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        status = self.process.wait()
        self.process.stdout.close()
        if status != 0:
            raise Different(f"the simulator ended with {status}")

    def origin(self, name):
        return "{0.scheme}://{0.netloc}".format(urlsplit(self.urls[name]))

    def ask(self, provider, method, path, headers, body):
        """The reply: status, headers, body (parsed if it is JSON), events or text."""
        connection = http.client.HTTPConnection(
            urlsplit(self.urls[provider]).netloc, timeout=DEADLINE_S
        )
        try:
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, path, data, headers)
            there = connection.getresponse()
            text = there.read().decode()
        finally:
            connection.close()
        reply = {"status": there.status}
        reply["headers"] = {name.lower(): value for name, value in there.getheaders()}
        kind = reply["headers"].get("content-type", "")
        if kind == "application/json":
            reply["body"] = json.loads(text)
        elif kind == "text/event-stream":
            events = filter(None, text.split("\n\n"))
            reply["events"] = [json.loads(event.removeprefix("data: ")) for event in events]
        else:
            reply["text"] = text
        return reply


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_png(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return data.startswith(b"\x89PNG\r\n\x1a\n") and data[-8:-4] == b"IEND"


class Words:
    """What the words in braces stand for. Ids become known as replies tell them."""

    def __init__(self, simulator, provider):
        self.known = {
            "origin": simulator.origin(provider),
            "images": simulator.origin("images"),
        }

    def fill(self, value):
        """A request's text or body, with the words replaced."""
        if isinstance(value, str):
            return WORD.sub(lambda word: self.known.get(word[1], word[0]), value)
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if isinstance(value, dict):
            return {name: self.fill(item) for name, item in value.items()}
        return value

    def match_text(self, expected, text):
        names, parts = [], []
        for i, part in enumerate(WORD.split(expected)):
            if i % 2 == 0:
                parts.append(re.escape(part))
            elif part in self.known:
                parts.append(re.escape(self.known[part]))
            elif part in names:
                parts.append(f"(?P=_{names.index(part)})")
            else:
                kind = {"time": TIME, "png": r"[A-Za-z0-9+/]+=*"}.get(part, r"[\w-]+")
                parts.append(f"(?P<_{len(names)}>{kind})")
                names.append(part)
        found = re.fullmatch("".join(parts), text)
        if not found:
            return False
        for i, name in enumerate(names):
            if name == "png" and not is_png(found[f"_{i}"]):
                return False
            if name.startswith("id"):
                self.known[name] = found[f"_{i}"]
        return True

    def match(self, expected, value, where):
        """Raises Different unless `value` is what `expected` says."""
        if isinstance(expected, dict) and isinstance(value, dict):
            if expected.keys() != value.keys():
                raise Different(f"{where}: {sorted(value)}, not {sorted(expected)}")
            for name, item in expected.items():
                self.match(item, value[name], f"{where}/{name}")
        elif isinstance(expected, list) and isinstance(value, list):
            if len(expected) != len(value):
                raise Different(f"{where}: {len(value)} items, not {len(expected)}")
            for i, item in enumerate(expected):
                self.match(item, value[i], f"{where}/{i}")
        elif expected == "{number}":
            if not is_number(value):
                raise Different(f"{where}: {value!r}, not a number")
        elif isinstance(expected, str) and isinstance(value, str):
            if not self.match_text(expected, value):
                raise Different(f"{where}: {value[:200]!r}, not {expected!r}")
        elif isinstance(expected, bool) != isinstance(value, bool) or expected != value:
            raise Different(f"{where}: {value!r}, not {expected!r}")


def match_events(words, expected, events):
    """As with polls: which of them come is a matter of time, but the last."""
    at = 0
    for event in events:
        at = first_match(words, expected, event, at)
    if at != len(expected) - 1:
        raise Different(f"/events: the last is {events[-1:]}")


def match_reply(words, expected, reply):
    if reply["status"] != expected["status"]:
        raise Different(f"HTTP {reply['status']}, not {expected['status']}: {reply}")
    # Of headers, more may come: those of the transport.
    headers = {name: reply["headers"].get(name) for name in expected["headers"]}
    words.match(expected["headers"], headers, "headers")
    if "events" in expected:
        match_events(words, expected["events"], reply.get("events", []))
    for part in ("body", "text"):
        if part in expected:
            words.match(expected[part], reply.get(part), "")


def first_match(words, candidates, value, at):
    """The place, from `at` on, of what is like `value`."""
    said = []
    for i in range(at, len(candidates)):
        try:
            if "status" in value and "headers" in value:
                match_reply(words, candidates[i], value)
            else:
                words.match(candidates[i], value, "")
            return i
        except Different as different:
            said.append(str(different))
    raise Different("; or ".join(said))


def play_recorded(simulator, recorded):
    provider = recorded["provider"]
    words = Words(simulator, provider)
    for exchange in recorded["exchanges"]:
        method, path = exchange["method"], words.fill(exchange["path"])
        replies, at, until = exchange["replies"], 0, time.monotonic() + DEADLINE_S
        while True:
            try:
                reply = simulator.ask(provider, method, path, exchange["headers"],
                                      words.fill(exchange.get("body")))
                at = first_match(words, replies, reply, at)
            except Different as different:
                raise Different(f"{method} {path}: {different}") from None
            if at == len(replies) - 1:
                break
            if time.monotonic() > until:
                raise Different(f"{method} {path}: never came to the last reply")
            time.sleep(POLL_S)


def point(value, pointer):
    """What a JSON pointer leads to. KeyError: nothing."""
    for step in pointer.split("/")[1:]:
        if isinstance(value, list):
            if not step.isdigit() or int(step) >= len(value):
                raise KeyError(pointer)
            value = value[int(step)]
        elif isinstance(value, dict):
            value = value[step]
        else:
            raise KeyError(pointer)
    return value


def holds(value, pointer):
    try:
        point(value, pointer)
    except KeyError:
        return False
    return True


def is_url(text):
    return re.match(r"https?://", text) is not None


def kind_of(value):
    return "number" if is_number(value) else type(value).__name__


def match_page(expected, value, where, step):
    """As match(), but only the types and the members that the page shows."""
    if where in step.get("otherwise", {}):
        return
    if kind_of(expected) != kind_of(value):
        raise Different(f"{where}: {value!r}, on the page {expected!r}")
    if isinstance(expected, dict):
        for name, item in expected.items():
            if name not in value and f"{where}/{name}" not in step.get("otherwise", {}):
                raise Different(f"{where}/{name}: missing")
            match_page(item, value.get(name), f"{where}/{name}", step)
        if step.get("complete") and value.keys() - expected.keys():
            raise Different(f"{where}: more than the page has: {sorted(value)}")
    elif isinstance(expected, list) and expected:
        if not value:
            raise Different(f"{where}: empty")
        for i, item in enumerate(value):
            match_page(expected[0], item, f"{where}/{i}", step)
    elif isinstance(expected, str) and is_url(expected) and not is_url(value):
        raise Different(f"{where}: {value!r} is no URL")


def match_members(members, body, step):
    for name, kind in members.items():
        pointer = "/" + name.replace(".", "/")
        if pointer in step.get("otherwise", {}):
            continue
        if not holds(body, pointer):
            raise Different(f"{name}: missing")
        if not TYPES[kind](point(body, pointer)):
            raise Different(f"{name}: {point(body, pointer)!r}, on the page: {kind}")


def match_step(step, reply):
    if reply["status"] != step["status"]:
        raise Different(f"HTTP {reply['status']}, not {step['status']}: {reply}")
    body = reply.get("body")
    if "reply" in step:
        match_page(step["reply"], body, "", step)
    match_members(step.get("members", {}), body, step)
    for pointer in step.get("fixed", []):
        wanted = point(step["reply"], pointer)
        if not holds(body, pointer) or point(body, pointer) != wanted:
            raise Different(f"{pointer}: not {wanted!r}: {body}")
    for pointer, reason in step.get("otherwise", {}).items():
        if is_as_printed(step, body, pointer):
            raise Different(f"{pointer} is as on the page, although it is written: {reason}")


def is_as_printed(step, body, pointer):
    if not holds(body, pointer):
        return False
    name = pointer[1:].replace("/", ".")
    if name in step.get("members", {}):
        return TYPES[step["members"][name]](point(body, pointer))
    return not holds(step.get("reply"), pointer) or kind_of(
        point(step["reply"], pointer)
    ) == kind_of(point(body, pointer))


def page_path(simulator, provider, url):
    """fal.ai has several hosts, and the simulator has them as the first segment, unless
    it told the URL itself."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    if provider != "fal" or url.startswith(simulator.origin(provider)):
        return path
    return f"/{parts.netloc}{path}"


def replaced(value, ids):
    text = json.dumps(value)
    for printed, real in sorted(ids.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(printed, real)
    return json.loads(text)


def play_step(simulator, provider, step, ids):
    request = replaced(step["request"], ids)
    headers = {"Authorization": KEYS[provider], "Content-Type": "application/json"}
    headers.update(request.get("headers", {}))
    path = page_path(simulator, provider, request["url"])
    until = time.monotonic() + DEADLINE_S
    while True:
        reply = simulator.ask(provider, request["method"], path, headers, request.get("body"))
        try:
            match_step(step, reply)
            break
        except Different as different:
            if not step.get("again") or time.monotonic() > until:
                raise Different(f"{request['method']} {path}: {different}") from None
        time.sleep(POLL_S)
    for printed, pointer in step.get("ids", {}).items():
        ids[printed] = point(reply["body"], pointer)


def play_page(simulator, page):
    ids = {}
    for step in page["steps"]:
        play_step(simulator, page["provider"], step, ids)


def play(program, path):
    written = json.loads(path.read_text())
    with Simulator(program) as simulator:
        (play_page if "page" in written else play_recorded)(simulator, written)
    return written.get("page") or f"as {written['client']} recorded it"


def main(program, *paths):
    failed = 0
    for i, path in enumerate(map(Path, paths), 1):
        try:
            print(f"ok {i} - {path.stem}: {play(program, path)}", flush=True)
        except (Different, OSError, ValueError, http.client.HTTPException) as error:
            failed += 1
            print(f"not ok {i} - {path.stem}")
            print(re.sub("^", "# ", f"{type(error).__name__}: {error}", flags=re.M), flush=True)
    print(f"1..{len(paths)}")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: replay.py SIMULATOR FILE...")
    sys.exit(main(*sys.argv[1:]))
