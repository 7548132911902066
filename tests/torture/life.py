"""A daemon from its start to its death, and how late things are on this machine meanwhile."""
import os
import signal
import threading
import time

LATE_MS = 250 # what an idle machine may take from a reply to its record
LATE_TIMES = 10
FREQUENT_S, PULSE_S = 0.001, 0.02


class Pulse(threading.Thread):
    """Sleeps and syncs a byte, again and again: what takes a daemon long takes this long, too."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.begun, self.worst, self.ends = time.monotonic(), 0, threading.Event()
        self.start()

    def run(self):
        while not self.ends.is_set():
            self.begun = time.monotonic()
            time.sleep(PULSE_S)
            os.pwrite(self.file, b'x', 0)
            os.fdatasync(self.file)
            self.worst = max(self.worst, time.monotonic() - self.begun - PULSE_S)

    def late_ms(self):
        """What is not over yet counts, too."""
        return 1000 * max(self.worst, time.monotonic() - self.begun - PULSE_S)

    def end(self):
        self.ends.set()
        self.join()
        os.close(self.file)


class Life:
    """Times are of the wall clock, in ms, as the simulator's. `end`: killed, failpoint, stopped
    (by a signal that came before the daemon listened to signals), ended (as it was told to), or
    what went wrong."""

    def __init__(self, stage, this):
        self.this = this
        self.begun_ms, self.died_ms, self.told_ms = 1000 * time.time(), None, None
        self.shift_s = this.shift_s
        self.end = None
        self.killed = False
        self.lost_simulator = False
        self.pulse = Pulse(stage.directory / 'pulse')
        stage.start_daemon(this.fail, this.shift_s)
        self.daemon = stage.daemon
        self.watch = threading.Thread(target=self.await_death, daemon=True)
        self.watch.start()

    def await_death(self):
        try:
            os.waitid(os.P_PID, self.daemon.pid, os.WEXITED | os.WNOWAIT)
        except ChildProcessError: # just waited for
            pass
        self.died_ms = 1000 * time.time()
        self.late_ms = self.pulse.late_ms()

    def kill(self):
        if self.daemon.poll() is None:
            self.killed = True
            self.daemon.kill()

    def tell(self):
        self.told_ms = 1000 * time.time()
        self.daemon.terminate()

    def lives_at(self, moment):
        """Waits until then (monotonic seconds), or until the daemon is dead."""
        while self.daemon.poll() is None and time.monotonic() < moment:
            time.sleep(0.002)
        return self.daemon.poll() is None

    def kill_after_post(self, stage, since):
        wanted, then_s = self.this.kill_after_post
        while self.daemon.poll() is None and wanted > 0:
            count, since = stage.posts(since)
            wanted -= count
            time.sleep(FREQUENT_S)
        time.sleep(then_s)
        self.kill()

    def is_over(self, status):
        self.watch.join()
        self.pulse.end()
        if self.this.stop_s is not None and status == 0:
            self.end = 'ended'
        elif status == -signal.SIGKILL:
            self.end = 'killed' if self.killed else 'failpoint'
        # A signal before it is waited for ends it as any other program.
        elif self.this.stop_s is not None and status == -signal.SIGTERM:
            self.end = 'stopped'
        else:
            self.end = f'status {status}'

    def hears_ms(self):
        """Until when what comes to it is sure to be recorded in the end."""
        return min(self.told_ms or self.died_ms, self.died_ms) - self.patience_ms()

    def patience_ms(self):
        """Within this, what has come to the daemon need not be recorded yet."""
        return max(LATE_MS, LATE_TIMES * self.late_ms)


def acts_of(stage, this, life, begun):
    def write(request):
        stage.people.wrote(request)
        stage.write(request, begun + this.kill_s + 1)

    acts = [(seconds, lambda request=request: write(request)) for seconds, request in this.requests]
    acts += [(seconds, lambda act=act: stage.people.do(act)) for seconds, act in this.acts]
    if stage.people.paused: # since a life before
        acts.append((0.1, lambda: stage.people.tell_all('resume')))
    if this.remove_s is not None:
        acts.append((this.remove_s, lambda: stage.remove_picture(this.remove_which,
                                                                  begun + this.kill_s)))

    def kill_simulator():
        life.lost_simulator = life.daemon.poll() is None
        stage.kill_simulator()

    if this.simulator_kill_s is not None:
        acts.append((this.simulator_kill_s, kill_simulator))
        acts.append((this.simulator_kill_s + 0.05, stage.start_simulator))
    return sorted(acts, key=lambda pair: pair[0])


def play(stage, this):
    """One round."""
    since = stage.asked.stat().st_size if stage.asked.exists() else 0
    begun = time.monotonic()
    life = Life(stage, this)
    # Not between two acts of ours but in the middle of them: from threads of their own.
    ends = [threading.Timer(this.kill_s, life.kill)]
    if this.stop_s is not None:
        ends.append(threading.Timer(this.stop_s, life.tell))
    if this.kill_after_post:
        ends.append(threading.Thread(target=life.kill_after_post, args=(stage, since)))
    for end in ends:
        end.start()
    for seconds, act in acts_of(stage, this, life, begun):
        if life.lives_at(begun + seconds):
            act()
    status = life.daemon.wait()
    for end in ends:
        if isinstance(end, threading.Timer):
            end.cancel()
        end.join()
    life.is_over(status)
    if stage.simulator.poll() is not None:
        stage.start_simulator()
    return life
