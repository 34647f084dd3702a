"""What a grown store costs: its start, and the same work as with an empty one."""
import glob
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time

import grow
from server import SCRATCH, Mpimd
from works import KEPT, ROOT

SPARE_BYTES = 12 * 2**30  # the grown store, a copy, and what sorting its index takes


def schema_version():
    names = [os.path.basename(path) for path in glob.glob(ROOT + "/sql/sqlite/[0-9]*.sql")]
    return max(int(name.split("_")[0]) for name in names)


def grown_store():
    """The kept store; made when there is none of this schema."""
    folder = os.path.join(KEPT, f"grown-{schema_version()}")
    if not os.path.exists(folder):
        os.makedirs(KEPT, exist_ok=True)
        free = shutil.disk_usage(KEPT).free
        if free < SPARE_BYTES:
            raise RuntimeError(f"a grown store takes {SPARE_BYTES >> 30} GiB of disk, and "
                               f"{free >> 30} are free in {KEPT}")
        print(f"making {folder}: some minutes, once", flush=True)
        grow.make(folder, grow.Size())
    return folder


class Copy:
    """A copy of the grown store to measure on; it goes when it is left."""

    def __init__(self, store):
        self.store = store

    def __enter__(self):
        os.makedirs(SCRATCH, exist_ok=True)
        self.folder = tempfile.mkdtemp(dir=SCRATCH)
        subprocess.run(["cp", "--reflink=auto", "-r", self.store + "/.", self.folder], check=True)
        return self

    def __exit__(self, *failure):
        shutil.rmtree(self.folder, ignore_errors=True)

    def database(self):
        return os.path.join(self.folder, "mpim.db")

    def sync(self, forget=False):
        """Writes it to the disk; with `forget` the page cache has nothing of it afterwards."""
        file = os.open(self.database(), os.O_RDONLY)
        os.fsync(file)
        if forget:
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)

    def unindexed(self):
        reader = sqlite3.connect(f"file:{self.database()}?mode=ro", uri=True)
        last, mark = reader.execute(
            "SELECT (SELECT MAX(pos) FROM messages), (SELECT pos FROM log_index)").fetchone()
        reader.close()
        return last - mark


def busy_s():
    """Seconds of CPU that the machine has used, and that this program and its children have."""
    with open("/proc/stat") as file:
        ticks = [int(word) for word in file.readline().split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK"), sum(os.times()[:4])


def start_up_run(_seconds):
    store = grown_store()
    (machine, own), begun = busy_s(), time.monotonic()
    result = start_cold_and_warm(store)
    machine, own = busy_s()[0] - machine, busy_s()[1] - own
    result["other_cores"] = max(0, machine - own) / (time.monotonic() - begun)
    return result


def start_cold_and_warm(store):
    with Copy(store) as copy:
        result = {"unindexed": copy.unindexed(),
                  "store_gb": os.path.getsize(copy.database()) / 1e9}
        copy.sync(forget=True)
        with Mpimd(data=copy.folder) as server:
            result["cold_s"] = server.start_s
            os.kill(server.pid, 9)  # what was not indexed stays so
        with Mpimd(data=copy.folder) as server:
            result["warm_s"] = server.start_s
            result["rss_mb"] = server.memory_mib()
    return result


def growth_run(seconds):
    """The same work on an empty and on the grown store, one after the other."""
    result = {}
    with Copy(grown_store()) as copy:
        copy.sync()
        for kind, data in (("empty", None), ("grown", copy.folder)):
            with Mpimd(data=data) as server:
                for window in (1, 32):
                    one = server.load(["online", "--pairs", "100", "--window", str(window)],
                                      seconds)
                    if one is None:
                        return None
                    add(result, kind, window, one)
    for window in (1, 32):
        result[f"w{window}_ratio"] = result[f"grown_w{window}"] / result[f"empty_w{window}"]
    return result


def add(result, kind, window, one):
    result[f"{kind}_w{window}"] = one["delivered_per_s"]
    result[f"{kind}_rss_mb"] = one["rss_mb"]
    result[f"{kind}_peak_mb"] = max(one["peak_rss_mb"], result.get(f"{kind}_peak_mb", 0))
    for quiet in ("other_cores", "other_written_mb_per_s"):
        result[f"{kind}_w{window}_{quiet}"] = one[quiet]
    for fault in ("lost", "duplicates", "reordered"):
        result[fault] = result.get(fault, 0) + one.get(fault, 0)
