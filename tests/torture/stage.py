"""One store, one simulator, and a daemon that comes and goes."""
import ctypes
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

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
                 f'spend_per_day = {episode.limit_usd if episode.has_limit else 0}',
                 '[provider scenario]', 'price = 5', 'usd = 0.01',
                 '[provider pixeldojo]', 'usd = 0.02',
                 '[provider fal]', 'price = 0.03']
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
            request.accepted = written
            return

    def retry_overdue(self, names):
        for name in names:
            try:
                (self.mount / 'jobs' / name / 'ctl').write_text('retry\n')
            except OSError: # it has just ended
                pass

    def remove_picture(self, which, until):
        while time.monotonic() < until and self.daemon.poll() is None:
            try:
                names = sorted(os.listdir(self.mount / 'images'))
                if names:
                    (self.mount / 'images' / names[int(which * len(names))]).unlink()
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

    def stop_daemon(self):
        status = self.end_daemon(signal.SIGTERM)
        if status != 0:
            raise RuntimeError(f'the daemon ended with {status}; see {self.directory}/daemon.log')

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


def wait_for(daemon, moment):
    """Until then, or until the daemon is dead. Whether it lives."""
    while daemon.poll() is None and time.monotonic() < moment:
        time.sleep(0.002)
    return daemon.poll() is None


def play(stage, this):
    """One round. Returns how the daemon ended: killed, failpoint, stopped, or what went wrong."""
    begun = time.monotonic()
    stage.start_daemon(this.fail, this.shift_s)
    daemon = stage.daemon
    killed = []

    def kill():
        if daemon.poll() is None:
            killed.append(True)
            daemon.kill()

    # Not between two acts of ours but in the middle of them: from threads of their own.
    ends = [threading.Timer(this.kill_s, kill)]
    if this.stop_s is not None:
        ends.append(threading.Timer(this.stop_s, daemon.terminate))
    for end in ends:
        end.start()
    acts = [(seconds, lambda request=request: stage.write(request, begun + this.kill_s + 1))
            for seconds, request in this.requests]
    if this.remove_s is not None:
        acts.append((this.remove_s, lambda: stage.remove_picture(this.remove_which,
                                                                  begun + this.kill_s)))
    if this.simulator_kill_s is not None:
        acts.append((this.simulator_kill_s, stage.kill_simulator))
        acts.append((this.simulator_kill_s + 0.05, stage.start_simulator))
    for seconds, act in sorted(acts, key=lambda pair: pair[0]):
        if wait_for(daemon, begun + seconds):
            act()
    status = daemon.wait()
    for end in ends:
        end.cancel()
        end.join()
    if stage.simulator.poll() is not None:
        stage.start_simulator()
    if killed:
        return 'killed'
    if status == -signal.SIGKILL:
        return 'failpoint'
    # A signal before it is waited for ends it as any other program.
    stopped = this.stop_s is not None and status in (0, -signal.SIGTERM)
    return 'stopped' if stopped else f'status {status}'
