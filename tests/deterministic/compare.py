#!/usr/bin/env python3
"""cgnctl det and recompute.py, asked the same: 65,536 random cases forward and as many reverse, over random pools.

usage: compare.py CGNCTL     (CGN_SEED repeats a run, CGN_CASES=N makes it longer)

Every pool is written as a configuration; cgnctl gives the record that a log would hold, and both compute from that. A run counts
only if every kind of answer came often enough. Control: recompute.py with a planted off-by-one must be found out, both ways.
"""
import collections
import ipaddress
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
POOLS = 32
EXTERNAL = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]


def some_prefixes(rng, inside, lengths, most):
    """Disjoint prefixes, in no order."""
    chosen = []
    for _ in range(rng.randint(1, most)):
        network = ipaddress.ip_network(rng.choice(inside))
        length = rng.randint(max(network.prefixlen, lengths[0]), lengths[1])
        number = rng.randrange(2 ** (length - network.prefixlen))
        one = ipaddress.ip_network((int(network.network_address) + number * 2 ** (32 - length), length))
        if not any(one.overlaps(other) for other in chosen):
            chosen.append(one)
    return chosen


def some_pool(rng):
    """Internal prefixes with their subscribers' length, external prefixes, and a cut that fits."""
    while True:
        rules = []
        for prefix in some_prefixes(rng, ["100.64.0.0/12"], (21, 32), 4):
            rules.append((prefix, min(32, prefix.prefixlen + rng.choice([0, 3, 6, 11]))))
        external = some_prefixes(rng, EXTERNAL, (26, 32), 3)
        first = rng.randint(1024, 60000)
        last = rng.randint(first, 65535)
        subscribers = sum(2 ** (length - prefix.prefixlen) for prefix, length in rules)
        addresses = sum(prefix.num_addresses for prefix in external)
        planned = subscribers + rng.choice([0, 0, 1, addresses, rng.randint(0, 500)])
        ratio = -(-planned // addresses)
        largest = (last - first + 1) // ratio
        if largest > 0:
            return rules, external, (first, last), rng.randint(max(1, largest * 2 // 3), largest), planned


def toml_of(pool):
    rules, external, ports, size, planned = pool
    text = '[interfaces]\ninternal = ["int0"]\nexternal = ["ext0"]\n[log]\nretention = "1d"\n[[pool]]\nname = "p"\n'
    text += f'allocation = "deterministic"\naddresses = {json.dumps([str(p) for p in external])}\n'
    text += f'ports = "{ports[0]}-{ports[1]}"\nblock_size = {size}\nmax_subscribers = {planned}\n'
    for prefix, length in rules:
        text += f'[[rule]]\ninternal = ["{prefix}"]\nsubscriber_prefix_length = {length}\npool = "p"\n'
    return text


def near(rng, prefixes):
    """An address inside one of them as a rule, else just beside it."""
    prefix = rng.choice(prefixes)
    low, high = int(prefix.network_address), int(prefix.broadcast_address)
    return ipaddress.ip_address(rng.choice([rng.randint(low, high), rng.randint(low, high), low, high, low - 1, high + 1]))


def questions(rng, pool, count):
    rules, external, ports, size, _ = pool
    forward = [str(near(rng, [prefix for prefix, _ in rules])) for _ in range(count)]
    reverse = []
    for _ in range(count):
        edge = ports[0] + size * rng.randint(0, (ports[1] - ports[0]) // size + 1)
        port = rng.choice([rng.randint(*ports), rng.randint(*ports), edge - 1, edge, ports[1], rng.randint(1, 65535)])
        reverse.append(f"{near(rng, external)}:{min(port, 65535)}")
    return {"forward": forward, "reverse": reverse}


def run(command, lines):
    ended = subprocess.run(command, input="\n".join(lines) + "\n", text=True, stdout=subprocess.PIPE, check=True)
    return ended.stdout.splitlines()


# One address is a prefix of 32 bits to the script, and an address to cgnctl.
def recomputed(record, way, asked, *options):
    return [line.replace("/32,", ",") for line in run([HERE / "recompute.py", record, way, *options], asked)]


def main():
    cgnctl = sys.argv[1]
    seed = int(os.environ.get("CGN_SEED", random.SystemRandom().randrange(2**32)))
    cases = int(os.environ.get("CGN_CASES", 65536))
    rng = random.Random(seed)
    print(f"seed {seed}, {cases} cases each way, {POOLS} pools")
    kinds, planted = collections.Counter(), collections.Counter()
    with tempfile.TemporaryDirectory() as work:
        config, record = pathlib.Path(work, "cgn.toml"), pathlib.Path(work, "record.json")
        for number in range(POOLS):
            pool = some_pool(rng)
            config.write_text(toml_of(pool), encoding="utf-8")
            record.write_text("\n".join(run([cgnctl, "det", "parameters", "--config", config], [])), encoding="utf-8")
            for way, asked in questions(rng, pool, cases // POOLS).items():
                ours = run([cgnctl, "--no-headers", "--csv", "det", way, "--config", config, "--batch", "-"], asked)
                theirs = recomputed(record, way, asked)
                assert len(ours) == len(theirs) == len(asked), f"pool {number} {way}: answers are missing"
                for line, other in zip(ours, theirs):
                    assert line == other, f"pool {number} {way}:\n  cgnctl    {line}\n  the page  {other}\n{toml_of(pool)}"
                    kinds[way, line.split(",")[2]] += 1
                wrong = recomputed(record, way, asked, "--plant")
                planted[way] += sum(line != other for line, other in zip(ours, wrong))
    for (way, kind), count in sorted(kinds.items()):
        print(f"{way:8} {kind:9} {count}")
    # Or they agreed for want of questions.
    for kind in [("forward", "computed"), ("forward", "none"), ("reverse", "computed"), ("reverse", "overflow"), ("reverse", "none")]:
        assert kinds[kind] * 50 > cases, f"only {kinds[kind]} answers were {kind}"
    assert sum(kinds.values()) == 2 * (cases // POOLS * POOLS)
    for way, count in planted.items():
        assert count > 100, f"the planted off-by-one was found {count} times {way}"
        print(f"control  the planted off-by-one shows in {count} answers {way}")


main()
