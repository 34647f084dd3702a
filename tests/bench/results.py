"""What was measured, kept raw in a file: a list of results for each peer and work."""
import datetime
import json
import os
import statistics

# More than this used by others, and a run is called disturbed.
DISTURBED_CORES = 0.2
DISTURBED_MB_PER_S = 5


class Results:
    """The results of every (peer, work); measuring one again replaces its list alone."""

    def __init__(self, path):
        self.path = path
        self.entries = {}
        if os.path.exists(path):
            with open(path) as file:
                self.entries = json.load(file)

    def put(self, peer, work, results, **about):
        date = datetime.datetime.now().strftime("%Y-%m-%d %H:%M")
        self.entries[f"{peer}/{work}"] = {"date": date, **about, "results": results}

    def save(self):
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with open(self.path + ".new", "w") as file:
            json.dump(self.entries, file, indent=1)
        os.replace(self.path + ".new", self.path)

    def of(self, peer, work):
        return self.entries.get(f"{peer}/{work}", {}).get("results", [])

    def values(self, peer, work, key):
        return [result[key] for result in self.of(peer, work) if key in result]

    def median(self, peer, work, key):
        values = self.values(peer, work, key)
        return statistics.median(values) if values else None

    def largest(self, peer, work, key):
        return max(self.values(peer, work, key), default=None)

    def peers(self):
        return {name.split("/")[0] for name in self.entries}

    def dates(self):
        return sorted(entry["date"] for entry in self.entries.values())

    def about(self, key):
        """Every value that entries have for `key`, sorted."""
        return sorted({entry[key] for entry in self.entries.values() if entry.get(key)})


def faults(results):
    """Messages lost, repeated or out of order."""
    return sum(int(row.get(key, 0)) for row in results
               for key in ("lost", "duplicates", "reordered"))


def disturbed(results):
    """How many runs others disturbed, in any of their phases, by using the CPU or the disk."""
    def most(result, ending):
        return max((value for key, value in result.items() if key.endswith(ending)), default=0)
    return sum(1 for result in results if most(result, "other_cores") > DISTURBED_CORES
               or most(result, "other_written_mb_per_s") > DISTURBED_MB_PER_S)
