"""Processes that may use a part of a core and no more: a control group with a quota, of either version of cgroups."""
import contextlib
import os

PERIOD_US = 20_000  # short, so that who has used his part waits for milliseconds; a part is at least 1 ms of it


def hierarchy():
    """The folder to make a group in and whether it is of version 2; nothing where none can be made."""
    root = "/sys/fs/cgroup"
    for folder, second in ((root, True), (os.path.join(root, "cpu"), False), (os.path.join(root, "cpu,cpuacct"), False)):
        if second:
            controllers = os.path.join(folder, "cgroup.subtree_control")
            if not os.path.exists(controllers) or "cpu" not in open(controllers, encoding="utf-8").read().split():
                continue
        elif not os.path.exists(os.path.join(folder, "cpu.cfs_quota_us")):
            continue
        if os.access(folder, os.W_OK):
            return folder, second
    return None


@contextlib.contextmanager
def held_to(pid, cores):
    """The process and its threads, existing and later ones, use at most so many cores; until it has ended."""
    parent, second = hierarchy()
    group = os.path.join(parent, f"mpim-bench-{pid}")
    os.mkdir(group)
    try:
        quota = str(int(cores * PERIOD_US))
        rules = {"cpu.max": f"{quota} {PERIOD_US}"} if second else \
            {"cpu.cfs_period_us": str(PERIOD_US), "cpu.cfs_quota_us": quota}
        for name, value in {**rules, "cgroup.procs": str(pid)}.items():
            with open(os.path.join(group, name), "w", encoding="utf-8") as file:
                file.write(value)
        yield
    finally:
        with open(os.path.join(parent, "cgroup.procs"), "w", encoding="utf-8") as file:
            with contextlib.suppress(ProcessLookupError):
                file.write(str(pid))
                file.flush()
        os.rmdir(group)
