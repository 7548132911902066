"""One store, one simulator, and a daemon that comes and goes."""
import ctypes
import hashlib
import os
import re
import signal
import subprocess
import time
from pathlib import Path

from choices import PRICE, PROVIDERS, USD
from people import People

START_S = 30
# Nobody's account, and no way out of this machine.
PEOPLES = ('SCENARIO_API_KEY', 'SCENARIO_API_SECRET', 'PIXELDOJO_API_KEY', 'WAVESPEED_API_KEY',
           'FAL_KEY', 'CREDENTIALS_DIRECTORY', 'http_proxy', 'https_proxy', 'HTTPS_PROXY',
           'all_proxy', 'ALL_PROXY')
LINUX_PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def die_with_parent(number=signal.SIGKILL):
    """With its thread, to be exact."""
    LIBC.prctl(LINUX_PR_SET_PDEATHSIG, number)


def is_mounted(path):
    with open('/proc/self/mountinfo', encoding='utf-8', errors='surrogateescape') as table:
        return any(line.split(' ')[4] == str(path) for line in table)


class Stage:
    def __init__(self, top, build, directory, episode):
        self.build, self.directory, self.episode = Path(build).resolve(), Path(directory), episode
        self.mount, self.store = self.directory / 'mnt', self.directory / 'store'
        self.ledger, self.asked = self.directory / 'ledger', self.directory / 'requests'
        self.log = open(self.directory / 'daemon.log', 'ab')
        self.simulator = self.daemon = None
        self.ports = []
        self.people = People(self)
        self.removed, self.maybe_removed = set(), set() # SHA-256
        self.mount.mkdir()
        self.profiles = self.directory / 'profiles'
        self.profiles.mkdir()
        for profile in Path(top, 'conf/providers').glob('*.ini'):
            text = re.sub(r'(?m)^poll_ms .*', 'poll_ms = 20', profile.read_text())
            (self.profiles / profile.name).write_text(text)
        self.start_simulator()
        self.write_config()

    def write_config(self):
        episode = self.episode
        lines = ['[easelfs]', 'settle_ms = 5', f'metadata = {"embed" if episode.embeds else "xattr"}',
                 '[limits]', f'in_flight = {episode.in_flight}',
                 f'spend_per_day = {episode.limit_usd if episode.has_limit else 0}']
        for provider in PROVIDERS:
            lines.append(f'[provider {provider}]')
            # What the profile says is the truth.
            if provider in ('scenario', 'fal') or episode.prices[provider] != PRICE[provider]:
                lines.append(f'price = {episode.prices[provider]}')
            if USD[provider] != 1:
                lines.append(f'usd = {USD[provider]}')
        config = (self.directory / 'simulator.ini').read_text()
        (self.directory / 'easelfs.ini').write_text(config + '\n'.join(lines) + '\n')

    # ---- the simulator ----

    def start_simulator(self):
        port_file = self.directory / 'ports'
        port_file.unlink(missing_ok=True)
        self.simulator = subprocess.Popen(
            [self.build / 'easelfs-simulator', f'--config={self.directory / "simulator.ini"}',
             f'--port-file={port_file}', f'--ledger={self.ledger}', f'--requests={self.asked}',
             f'--state={self.directory / "state"}', f'--latency={self.episode.latency}',
             f'--seed={self.episode.simulator_seed}', '--asset-delay=10', '--balance=1000000',
             *self.ports],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log,
            preexec_fn=die_with_parent)
        until = time.monotonic() + START_S
        while not (port_file.exists() and port_file.read_text()):
            if self.simulator.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f'the simulator does not start; see {self.directory}/daemon.log')
            time.sleep(0.002)
        self.ports = re.sub(r'(?m)^(\S+) http://[^:]*:(\d+).*$', r'--port=\1=\2',
                            port_file.read_text()).split()

    def kill_simulator(self):
        self.simulator.kill()
        self.simulator.wait()

    # ---- the daemon ----

    def start_daemon(self, fail='', shift_s=0):
        environment = dict(os.environ, EASELFS_PROVIDERS=str(self.profiles), TZ='UTC',
                           HOME=str(self.directory), EASELFS_CLOCK_SHIFT_S=str(shift_s))
        for name in ('EASELFS_FAIL', *PEOPLES):
            environment.pop(name, None)
        if fail:
            environment['EASELFS_FAIL'] = fail
        self.daemon = subprocess.Popen(
            [self.build / 'easelfs', '-f', '-o', f'store={self.store}',
             self.directory / 'easelfs.ini', self.mount],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=environment,
            preexec_fn=die_with_parent)

    def is_up(self):
        try:
            return (self.mount / 'requests').is_dir()
        except OSError:
            return False

    def await_mount(self):
        until = time.monotonic() + START_S
        while not self.is_up():
            if self.daemon.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f'the daemon does not start; see {self.directory}/daemon.log')
            time.sleep(0.002)

    def write(self, request, until):
        """As `echo > file` does, once there is a mount. Accepted is what close(2) accepted."""
        path = self.mount / 'requests' / f'{request.marker}.txt'
        while time.monotonic() < until and self.daemon.poll() is None:
            try:
                file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            except OSError:
                time.sleep(0.002)
                continue
            written = False
            try:
                os.write(file, request.text().encode())
                written = True
            except OSError:
                pass
            try:
                os.close(file)
            except OSError:
                written = False
            request.accepted, request.home.closed_ms = written, 1000 * time.time()
            return

    def command(self, name, word):
        """Written to the ctl of a job. 0 or errno."""
        try:
            (self.mount / 'jobs' / name / 'ctl').write_text(word + '\n')
            return 0
        except OSError as error:
            return error.errno

    def remove_picture(self, which, until):
        while time.monotonic() < until and self.daemon.poll() is None:
            try:
                names = sorted(os.listdir(self.mount / 'images'))
                if names:
                    path = self.mount / 'images' / names[int(which * len(names))]
                    digest = hashlib.sha256(path.read_bytes()).hexdigest()
                    self.maybe_removed.add(digest)
                    path.unlink()
                    self.removed.add(digest)
                return
            except OSError: # no mount yet, or not any more
                time.sleep(0.002)

    def end_daemon(self, number, patience_s=START_S):
        """Its exit status; -SIGKILL when patience was at its end."""
        try:
            self.daemon.send_signal(number)
            return self.daemon.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            return self.daemon.wait()

    def posts(self, since):
        """How many submissions came in after so many bytes of what was asked, and the bytes."""
        try:
            with open(self.asked, 'rb') as file:
                file.seek(since)
                text = file.read()
        except FileNotFoundError:
            return 0, since
        text = text[:text.rfind(b'\n') + 1]
        count = sum(b'"method":"POST"' in line and b'dryRun' not in line and b'"prompt' in line
                    for line in text.splitlines())
        return count, since + len(text)

    def last_words(self):
        words = (self.directory / 'daemon.log').read_text(errors='replace').splitlines()
        return words[-1] if words else 'nothing in its log'

    def unmount(self):
        for command in (['fusermount3', '-uz'], ['umount', '-l']):
            if is_mounted(self.mount):
                subprocess.run([*command, self.mount], stderr=subprocess.DEVNULL, check=False)

    def close(self):
        for process in (self.daemon, self.simulator):
            if process and process.poll() is None:
                process.kill()
                process.wait()
        self.unmount()
        self.log.close()
