"""What happens in a round, drawn from a seed: the same seed draws the same."""
import re
from pathlib import Path
from types import SimpleNamespace

from people import ACTS

PROVIDERS = ('scenario', 'pixeldojo', 'wavespeed', 'fal')
# What the simulator charges for a picture, in the provider's unit, and what that is worth in USD.
PRICE = {'scenario': 5, 'pixeldojo': 1, 'wavespeed': 0.027, 'fal': 0.03}
USD = {'scenario': 0.01, 'pixeldojo': 0.02, 'wavespeed': 1, 'fal': 1}
# Their replies say what a job cost; the others' calls count what was expected.
TELLS_COST = ('scenario', 'pixeldojo')
PICTURES_A_CALL = {'scenario': 1, 'pixeldojo': 4, 'wavespeed': 1, 'fal': 4}
DAY_S = 86400

# Words of docs/simulator.md. After these nobody can know whether it was taken …
DOUBTFUL = ('reset after=charge', 'reset', 'drop after=charge', 'drop', 'status=500 after=charge',
            'status=500', 'status=408 after=charge', 'html=200 after=charge', 'html=502 after=charge',
            'garbage', 'noid', 'dupid', 'truncate={cut}', 'truncate={cut} after=charge')
# … and none of these may cost anything: each passes.
PASSING = ('delay={ms}', 'delay={ms} left=charged', 'delay={ms} after=charge',
           'status=429 retry-after=1 times=1',
           'status=503 retry-after=1 times=1', 'status=500 on=poll times=2', 'reset on=poll times=2',
           'drop on=poll times=1', 'garbage on=poll times=1', 'truncate={cut} on=poll times=1',
           'status=500 on=result times=1', 'drop on=result times=1', 'reset on=asset times=1',
           'image=truncated times=1', 'image=empty times=1', 'image=html times=1',
           'reset on=image times=1', 'truncate={cut} on=image times=1',
           'status=500 on=image times=1', 'delay={ms} on=image', 'progress=stuck')


def points(top):
    """The names of all failpoints, as the sources have them."""
    names = set()
    for source in sorted(Path(top, 'src').glob('*/*.c')):
        for arguments in re.findall(r'\bFAILPOINT\(([^;]*)\);', source.read_text()):
            names.update(re.findall(r'"([a-z-]+)"', arguments))
    return sorted(names)


def daemon_points(top):
    """Those that a daemon passes: the others are of `easelfs --recover` (tests/torture_test.sh)."""
    return [name for name in points(top) if not name.startswith('repair-')]


def is_doubtful(fault):
    plain = re.sub(r'truncate=\d+', 'truncate={cut}', fault.split(' times')[0])
    return plain in DOUBTFUL


class Request:
    """One file below requests/; its marker is in the prompt, so in the ledger too."""

    def __init__(self, rng, marker):
        self.marker = marker
        self.provider = rng.choice(PROVIDERS)
        self.count = rng.choice((1, 1, 1, 2, 3))
        self.faults = []
        if rng.random() < 0.45:
            self.faults.append(rng.choice(PASSING))
        if rng.random() < 0.20:
            self.faults.append(rng.choice(DOUBTFUL) + rng.choice(('', ' times=1')))
        self.doubtful = any(is_doubtful(fault) for fault in self.faults)
        self.faults = [fault.format(cut=rng.randrange(0, 400), ms=rng.randrange(5, 120))
                       for fault in self.faults]
        self.accepted, self.is_replaced, self.home = False, False, None

    def prompt(self):
        return f'{self.marker} in a storm' + ''.join(' {sim:%s}' % fault for fault in self.faults)

    def text(self):
        return (f'---\nprovider: {self.provider}\ncount: {self.count}\n'
                f'width: 512\nheight: 512\n---\n{self.prompt()}\n')

    def repeats_ids(self):
        return any('dupid' in fault for fault in self.faults)

    def doubts(self):
        """How many of its calls its faults leave in doubt, between two starts of a simulator."""
        if any('times' in fault for fault in self.faults if is_doubtful(fault)):
            return 1
        return self.count * (self.home.runs() if self.home else 1)

    def late_reply_ms(self):
        return sum(int(number) for fault in self.faults
                   for number in re.findall(r'^delay=(\d+) after=charge', fault))


def draw_acts(rng, marker):
    """Seconds, and what is done then; `request` is what other bytes are."""
    act = SimpleNamespace(kind=rng.choice(ACTS), which=rng.random(), request=Request(rng, marker))
    acts = [(rng.uniform(0.02, 0.4), act)]
    if act.kind == 'pause':
        acts.append((acts[0][0] + 0.05, SimpleNamespace(kind='resume')))
    return acts


class Round:
    """How the daemon ends, and what it has to do until then. Times are seconds after its start."""

    def __init__(self, rng, number, episode, names):
        self.requests = [(rng.uniform(0, 0.2), Request(rng, f'm{episode}x{number}x{i}m'))
                         for i in range(rng.choice((1, 2, 2, 3, 4)))]
        self.requests.sort(key=lambda pair: pair[0])
        self.acts = [act for i in range(rng.choice((0, 0, 0, 1, 2)))
                     for act in draw_acts(rng, f'm{episode}x{number}x{9 + i}m')]
        self.kill_s = rng.uniform(0.0, 0.5)
        # In half of the rounds it dies so long after a submission came in, and the time above
        # is for the case that none does.
        self.kill_after_post = None
        self.fail = ''
        self.stop_s = None
        kind = rng.random()
        if kind < 0.6:
            # A passage far on is only reached by points that are passed often.
            passage = 1 + int(rng.expovariate(1 / rng.choice((0.1, 0.1, 3, 12))))
            self.fail = f'{rng.choice(names)}:{passage}'
            self.kill_s = 0.6
        if kind < 0.06 or kind > 0.94:
            self.stop_s = rng.uniform(0.05, 0.4)
            if kind < 0.06:
                self.fail = 'stop:1'
            self.kill_s = self.stop_s + rng.uniform(0, 0.3)
        if not self.fail and self.stop_s is None and rng.random() < 0.5:
            self.kill_after_post = (rng.choice((1, 1, 2, 3, 4)),
                                    rng.expovariate(1 / rng.choice((0.0005, 0.002, 0.02))))
            self.kill_s = 0.6
        self.simulator_kill_s = rng.uniform(0, 0.3) if rng.random() < 0.06 else None
        self.remove_s = rng.uniform(0.02, 0.2) if rng.random() < 0.25 else None
        if self.fail.startswith(('picture-unlink', 'buried')):
            self.remove_s = 0.02
        self.remove_which = rng.random()
        self.shift_s = rng.choice((0, 0, 0, 0, 90, -90, 3600, -3600, DAY_S, -DAY_S, 2 * DAY_S))

    def all_requests(self):
        return [request for _, request in self.requests] + \
            [act.request for _, act in self.acts if act.kind == 'change']


def draw_price(rng, provider):
    """As the configuration has it. Who tells no cost is not believed to be cheaper."""
    factors = (1, 1, 1.2, 0.8) if provider in TELLS_COST else (1, 1, 1.2)
    return round(PRICE[provider] * rng.choice(factors), 4)


class Episode:
    """Rounds that share a store and a simulator."""

    def __init__(self, rng, number, rounds, names):
        self.number = number
        self.has_limit = rng.random() < 0.5
        self.limit_usd = round(rng.uniform(0.3, 1.5), 2)
        self.prices = {provider: draw_price(rng, provider) for provider in PROVIDERS}
        self.embeds = rng.random() < 0.3
        self.in_flight = rng.choice((1, 2, 8, 8))
        self.latency = rng.choice(('0', '0..40', '20..200'))
        self.simulator_seed = rng.randrange(1, 1 << 30)
        self.rounds = [Round(rng, i, number, names) for i in range(rounds)]
