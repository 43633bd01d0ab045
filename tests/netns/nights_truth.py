# SPDX-License-Identifier: Apache-2.0
# What really happened, by a capture and by the clock on the wall: read by the judges of the stories `nights` and `clocks`.
#
# What        truth.csv is a row per packet (by cgn-blast: real time, external endpoint, subscriber), wall.csv says from which
#             real instant on the wall clock was ahead by how much. With both a packet has the time that the clock showed.
import bisect, csv, datetime, os


def read(path):
    with open(path, newline="") as lines:
        return list(csv.DictReader(lines))


def in_ms(text):
    whole = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)
    return round(whole.timestamp() * 1000)


def in_words(ms):
    whole = datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc)
    return whole.strftime("%Y-%m-%dT%H:%M:%S") + f".{ms % 1000:03}Z"


# The wall clock: a stretch begins wherever it was set.
class Wall:
    def __init__(self, work):
        rows = read(os.path.join(work, "wall.csv"))
        self.since = [int(row["real_ms"]) for row in rows]
        self.ahead = [1000 * int(row["ahead_s"]) for row in rows]
        self.took = [int(row["took_ms"]) for row in rows]  # each setting, from its instant on

    def stretch(self, real_ms):
        return max(0, bisect.bisect_right(self.since, real_ms) - 1)

    def of(self, real_ms):
        return real_ms + self.ahead[self.stretch(real_ms)]


# (real ms, address, port, who) of each packet, in order of time.
def packets(work):
    columns = ("external_address", "external_port", "internal_address")
    return sorted((in_ms(row["time_first"]), *(row[c] for c in columns)) for row in read(os.path.join(work, "truth.csv")))


# Of rows that begin with their time, in order: those nearest to each instant, on either side, and each so-many-th of all.
def around(seen, instants, nearest, others):
    times = [row[0] for row in seen]
    chosen = set(range(0, len(seen), max(1, len(seen) // others)))
    for at in instants:
        middle = bisect.bisect_left(times, at)
        chosen.update(range(max(0, middle - nearest), min(len(seen), middle + nearest)))
    return [seen[n] for n in sorted(chosen)]
