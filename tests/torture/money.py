"""What was paid by the ledger, and what the store says was spent."""
from collections import Counter

from choices import DAY_S, TELLS_COST, USD
from records import CANCELLED, DONE, DOUBT, HELD, LIMIT, key_of, rows

# From the intent, whose day counts, to the charge.
ON_ITS_WAY_MS = 10000


def micro(amount):
    return round(amount * 1e6)


def allowed(call, charge, expected):
    """What a call may count as spent; empty: anything."""
    if not charge:
        if call['state'] == HELD and call['hold'] == LIMIT:
            return {0}
        if call['state'] == CANCELLED: # before it was sent, or in doubt
            return {0, expected}
        return {expected} if call['state'] == HELD and call['hold'] == DOUBT else set()
    paid = micro(charge['amount'])
    if call['state'] == DONE:
        return {paid if call['provider'] in TELLS_COST else expected}
    return {expected, paid}


def days_of(charge, life):
    """By the clock of the daemon that asked for it."""
    moment = charge['time_ms'] + 1000 * life.shift_s
    return {int(moment // (1000 * DAY_S)), int((moment - ON_ITS_WAY_MS) // (1000 * DAY_S))}


def add_up(verdict):
    charges = {key_of(charge): charge for charge in verdict.charges}
    prices = verdict.stage.episode.prices
    days, excess = Counter(), Counter()
    for call in verdict.calls:
        charge = charges.get(key_of(call))
        expected = micro(prices[call['provider']]) * call['count']
        judge_call(verdict, call, charge, expected)
        life = verdict.history.life_of(charge, call) if charge else None
        if not life:
            continue
        on = days_of(charge, life)
        if call['spent_day'] not in on and not verdict.takes_another(call):
            verdict.find('counted otherwise', f'{call["prompt"]}: on day {call["spent_day"]}, '
                         f'not on {sorted(on)}')
        if len(on) == 1: # not at midnight
            paid, worth = micro(charge['amount']), USD[charge['provider']]
            days[min(on)] += paid * worth
            told = expected # or, by a repeated id, what another job cost
            if verdict.takes_another(call):
                told = min(expected, call['spent_micro'])
            excess[min(on)] += max(0, paid - told) * worth
    judge_days(verdict, days, excess)
    judge_sums(verdict)


def judge_call(verdict, call, charge, expected):
    may = allowed(call, charge, expected)
    if call['sunk_micro']:
        verdict.find('counted otherwise', f'{call["prompt"]}: an attempt before that is not given back')
    if not may or verdict.takes_another(call) or call['spent_micro'] in may:
        return
    kind = 'counted otherwise'
    if charge and call['spent_micro'] < min(may):
        kind = 'paid but not counted as spent'
    verdict.find(kind, f'{call["prompt"]}: {call["spent_micro"]} of {sorted(may)}, '
                 f'state {call["state"]}')


def judge_days(verdict, days, excess):
    """A provider that charges more than its price passes a limit by that much."""
    episode = verdict.stage.episode
    for day, spent in days.items():
        if episode.has_limit and spent > micro(episode.limit_usd) + excess[day] + 1:
            verdict.find('spent over the limit',
                         f'day {day}: {spent / 1e6:.3f} of {episode.limit_usd} USD')


def judge_sums(verdict):
    """`spend` is the sum of what the calls count."""
    by_calls, by_days = Counter(), Counter()
    for call in verdict.calls:
        by_calls[call['provider'], call['spent_day'], call['unit']] += call['spent_micro']
    for row in rows(verdict.database, 'SELECT * FROM spend'):
        by_days[row['provider'], row['day'], row['unit']] += row['cost_micro']
    for key in set(by_calls) | set(by_days):
        if by_calls[key] != by_days[key]:
            verdict.find('counted otherwise', f'{key[0]}, day {key[1]}: {by_days[key]}, and the '
                         f'calls {by_calls[key]} millionths {key[2]}')
