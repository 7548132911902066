"""The measuring and the arithmetic of polling.sh.

    polling.py paint MNT PID REQUESTS FOLDER OUT
        Copies FOLDER into MNT/requests with one cp -r, waits until each request in it is
        done, and writes into OUT what it saw.
    polling.py head
    polling.py row PROVIDER INTERVAL_MS IN_FLIGHT DIRECTORY
        Print lines of the table, from what the simulators and `paint` left in DIRECTORY.

Only what python3 has.
"""
import heapq
import os
import re
import select
import subprocess
import sys
import time

# The path of a poll, by provider; the group is the job's id.
POLL = {
    'fal': r'/requests/([^/]+)/status$',
    'wavespeed': r'/predictions/([^/]+)/result$',
    'scenario': r'/jobs/([^/]+)$',
    'pixeldojo': r'/jobs/([^/]+)$',
}
SAMPLE_S = 0.5
SILENCE_S = 60
TICKS = os.sysconf('SC_CLK_TCK')


# --- what the daemon costs ---

def stat_fields(pid):
    with open(f'/proc/{pid}/stat', encoding='utf-8', errors='replace') as file:
        return file.read().rpartition(')')[2].split()


def family(pid):
    """The daemon and its processes (the announcer)."""
    yield pid
    for other in filter(str.isdigit, os.listdir('/proc')):
        try:
            if int(stat_fields(other)[1]) == pid:
                yield int(other)
        except OSError:
            pass


def cpu_s(pids):
    return sum(sum(map(int, stat_fields(pid)[11:13])) for pid in pids) / TICKS


def rss_kib(pid):
    with open(f'/proc/{pid}/status', encoding='utf-8') as file:
        return int(re.search(r'VmRSS:\s*(\d+)', file.read())[1])


# --- paint ---

def done_lines(file, rest):
    """The jobs that are done by the new lines of events, and the half line at the end."""
    lines = (rest + os.read(file, 1 << 20).decode()).split('\n')
    jobs = [re.search(r'"job":"([^"]+)"', line)[1]
            for line in lines[:-1] if '"status":"done"' in line]
    bad = [line for line in lines[:-1] if re.search(r'"status":"(failed|held|rejected)"', line)]
    if bad:
        sys.exit(f'polling: a request went wrong: {bad[0]}')
    return jobs, lines[-1]


def paint(mnt, pid, requests, folder, out):
    """A job is done at the moment when a program that waits for events reads so."""
    pid, requests = int(pid), int(requests)
    pids = list(family(pid))
    file = os.open(f'{mnt}/events', os.O_RDONLY)
    poll = select.poll()
    poll.register(file, select.POLLIN)
    memory, rest, seen, heard = [(0, rss_kib(pid))], '', 0, time.monotonic()
    began, cpu = time.time(), cpu_s(pids)
    with open(out, 'w', encoding='utf-8') as report, \
            subprocess.Popen(['cp', '-r', folder, f'{mnt}/requests/']) as copier:
        copied = sampled = 0
        while seen < requests:
            poll.poll(SAMPLE_S * 1000)
            jobs, rest = done_lines(file, rest)
            now = time.time()
            for job in jobs:
                report.write(f'done {now * 1000:.0f} {job}\n')
            if jobs:
                heard = time.monotonic()
            elif time.monotonic() - heard > SILENCE_S:
                sys.exit(f'polling: nothing is done for {SILENCE_S} s')
            seen += len(jobs)
            if not copied and copier.poll() is not None:
                copied = now
            if now - sampled >= SAMPLE_S or seen == requests:
                sampled = now
                memory.append((seen, rss_kib(pid)))
        if copier.wait():
            sys.exit('polling: cp failed')
        report.write(f'wall {time.time() - began:.3f}\n')
        report.write(f'copy {copied - began:.3f}\n')
        report.write(f'cpu {cpu_s(pids) - cpu:.2f}\n')
        for share in (0, 0.25, 0.5, 0.75, 1):
            kib = next(kib for seen, kib in memory if seen >= share * requests)
            report.write(f'rss {kib}\n')


# --- the table ---

COLUMNS = '%-10s %-9s %6s %6s %6s %6s %7s %7s %7s %6s  %s'


def head():
    print(COLUMNS % ('provider', 'asks', 'wall', 'ideal', 'cp -r', 'polls', 'delay', 'delay',
                     'requ.', 'CPU', 'RSS MiB at 0, 25, 50, 75, 100 %'))
    print(COLUMNS % ('', '', 's', 's', 's', 'a job', 'mean ms', '95 % ms', 'a s', 's', 'done'))


def lines_of(path, pattern):
    pattern = re.compile(pattern)
    with open(path, encoding='utf-8') as file:
        return [found.groups() for found in map(pattern.search, file) if found]


def jobs_of(path):
    """By prompt: the id, when it began and when it was finished there (ms)."""
    rows = lines_of(path, r'"job":\{"id":"([^"]+)".*"prompt":"([^"]+)"'
                          r'.*"created_ms":(\d+),"done_ms":(\d+)')
    return {prompt: (name, int(created), int(done)) for name, prompt, created, done in rows}


def ideal_s(jobs, in_flight):
    """The same jobs in the same order, each place taken again at once."""
    ends = [0] * in_flight
    for _, created, done in sorted(jobs.values(), key=lambda job: job[1]):
        heapq.heapreplace(ends, ends[0] + done - created)
    return max(ends) / 1000


def figures(provider, directory, who, readable):
    """`readable`: by prompt, when its picture was there (ms)."""
    jobs = jobs_of(f'{directory}/{who}-jobs')
    delays = sorted(at - jobs[prompt][2] for prompt, at in readable.items())
    calls = lines_of(f'{directory}/{who}-requests', r'"path":"([^"?]+)')
    ids = {job[0] for job in jobs.values()}
    polls = [found for found in (re.search(POLL[provider], path) for path, in calls)
             if found and found[1] in ids]
    first = min(job[1] for job in jobs.values())
    return {
        'jobs': jobs,
        'polls': len(polls) / len(jobs),
        'mean': sum(delays) / len(delays),
        'late': delays[int(len(delays) * 0.95)],
        'rate': len(calls) * 1000 / (max(readable.values()) - first),
        'wall': (max(readable.values()) - first) / 1000,
    }


def row(provider, interval_ms, in_flight, directory):
    seen = f'{directory}/seen'
    # requests/fal/17.txt says "learned 17".
    ours = figures(provider, directory, 'learned',
                   {f'learned {name}': int(at)
                    for at, name in lines_of(seen, r'^done (\d+) .*/(\d+)\.txt')})
    fixed = figures(provider, directory, 'fixed',
                    {prompt: int(at)
                     for at, prompt in lines_of(f'{directory}/fixed', r'^(\d+) (.*)')})
    value = {key: float(lines_of(seen, rf'^{key} (\S+)')[0][0]) for key in ('wall', 'copy', 'cpu')}
    memory = ' '.join(f'{int(kib) / 1024:.1f}' for kib, in lines_of(seen, r'^rss (\d+)'))
    print(COLUMNS % (provider, 'learned', f'{value["wall"]:.1f}',
                     f'{ideal_s(ours["jobs"], int(in_flight)):.1f}', f'{value["copy"]:.1f}',
                     f'{ours["polls"]:.2f}', f'{ours["mean"]:.0f}', f'{ours["late"]:.0f}',
                     f'{ours["rate"]:.0f}', f'{value["cpu"]:.1f}', memory))
    print(COLUMNS % (provider, f'{int(interval_ms) / 1000:g} s', f'{fixed["wall"]:.1f}',
                     f'{ideal_s(fixed["jobs"], int(in_flight)):.1f}', '',
                     f'{fixed["polls"]:.2f}', f'{fixed["mean"]:.0f}', f'{fixed["late"]:.0f}',
                     f'{fixed["rate"]:.0f}', '', ''))
    print(COLUMNS % ('', 'ratio', '', '', '', f'{ours["polls"] / fixed["polls"]:.2f}',
                     f'{ours["mean"] / fixed["mean"]:.2f}', f'{ours["late"] / fixed["late"]:.2f}',
                     '', '', ''), flush=True)


if __name__ == '__main__':
    {'paint': paint, 'head': head, 'row': row}[sys.argv[1]](*sys.argv[2:])
