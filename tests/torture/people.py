"""What people do to requests and jobs besides writing and removing, some of it in the last
moments of a daemon. What they have tried is noted before they try it: whether it came to something
is not known where nobody lived to say so."""
import os
import time
from collections import Counter

ACTS = ('same', 'same', 'change', 'change', 'rename', 'cancel', 'retry', 'retry', 'again',
        'pause', 'reload')


class Home:
    """A name below requests/, and what was written there under it, the newest last."""

    def __init__(self, request):
        self.versions = [request]
        self.names = [f'{request.marker}.txt']
        self.tried = Counter()
        self.is_changed = True # to the newest version
        self.closed_ms = None # of the last close; None: one may be on its way
        request.home = self

    def runs(self):
        """How many runs one version may have at most: other bytes are another one."""
        saved = self.tried['same'] if self.tried['cancel'] else 0
        return 1 + self.tried['again'] + saved


class People:
    def __init__(self, stage):
        self.stage, self.homes, self.paused = stage, {}, False
        self.did = Counter()

    def wrote(self, request):
        self.homes.setdefault(request.marker, Home(request))

    def choose(self, which):
        """Of two, one is among the newest, which have something to lose."""
        homes = list(self.homes.values())
        if which < 0.5:
            homes = homes[-4:]
        return homes[int(which * 2 % 1 * len(homes))] if homes else None

    def do(self, act):
        if act.kind in ('pause', 'resume', 'reload'):
            self.tell_all(act.kind)
            return
        home = self.choose(act.which)
        if home and not (act.kind == 'retry' and home.tried['cancel']): # it would pay anew
            home.tried[act.kind] += 1
            try:
                getattr(self, act.kind)(home, act)
                self.did[act.kind] += 1
            except OSError: # no daemon any more, or not in this state
                pass

    def tell_all(self, word):
        self.paused |= word == 'pause'
        try:
            (self.stage.mount / 'ctl').write_text(word + '\n')
            self.paused &= word != 'resume'
            self.did[word] += 1
        except OSError:
            pass

    def path(self, home):
        paths = [self.stage.mount / 'requests' / name for name in reversed(home.names)]
        return next((path for path in paths if path.exists()), paths[0])

    def write(self, home, request, flags):
        home.closed_ms, home.is_changed = None, not flags and home.is_changed
        file = os.open(self.path(home), os.O_WRONLY | flags)
        try:
            written = os.write(file, request.text().encode()) > 0
        except OSError:
            written = False
        try:
            os.close(file)
        except OSError:
            written = False
        request.accepted |= written
        home.is_changed |= written
        home.closed_ms = 1000 * time.time()

    def same(self, home, _):
        """In place, where a truncated file could be interrupted; not over other bytes."""
        self.write(home, home.versions[-1], 0 if home.is_changed else os.O_TRUNC)

    def change(self, home, act):
        for version in home.versions:
            version.is_replaced = True
        home.versions.append(act.request)
        act.request.home = home
        self.write(home, act.request, os.O_TRUNC)

    def rename(self, home, _):
        path = self.path(home)
        home.names.append(f'{home.versions[0].marker}-{len(home.names)}.txt')
        path.rename(path.parent / home.names[-1])

    def command(self, home, act):
        (self.stage.mount / 'jobs' / self.path(home).name / 'ctl').write_text(act.kind + '\n')

    cancel = retry = again = command
