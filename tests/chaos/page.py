"""The table of results in docs/reliability.md, written from what was measured."""
import dataclasses
import os

from faults import FAULTS

BEGIN, END = "<!-- fault runs -->", "<!-- /fault runs -->"
HEAD = ("fault", "runs", "lasted", "messages", "failed tries", "lost", "shown twice", "out of order", "wrong unread",
        "left behind", "other", "slowest send", "whole again after")
KINDS = ("lost", "repeated", "order", "unread", "left behind")


@dataclasses.dataclass
class Outcome:
    """One fault run."""
    fault: str
    lasted_s: float
    history: object
    findings: list
    whole_again_s: float    # from the beginning of the fault
    last: str               # what was the last to mend
    calm_before: bool       # else the machine was too busy for the times to say anything

    def sends(self):
        return [send for person in self.history.people.values() for send in person.sends]

    def failed_tries(self):
        return sum(len(send.refusals) for send in self.sends())

    def slowest_s(self):
        return max((send.answered - send.begun for send in self.sends() if send.answered), default=0.0)

    def sentence(self):
        return (f"{self.fault}, {self.lasted_s:.1f} s: {len(self.sends())} sent, {self.failed_tries()} tries failed, "
                f"slowest send {self.slowest_s():.1f} s, whole again after {self.whole_again_s:.1f} s "
                f"(last: {self.last}), {len(self.findings)} findings"
                + ("" if self.calm_before else "; NOT CALM BEFORE: its times say nothing"))


def row(runs):
    """All runs of one fault: counts together, the longest of the times."""
    findings = [finding for one in runs for finding in one.findings]
    kinds = [sum(finding.startswith(kind + ":") for finding in findings) for kind in KINDS]
    cells = [runs[0].fault, len(runs), f"{max(one.lasted_s for one in runs):.1f} s",
             f"{sum(len(one.sends()) for one in runs):,}", sum(one.failed_tries() for one in runs), *kinds,
             len(findings) - sum(kinds), f"{max(one.slowest_s() for one in runs):.1f} s",
             f"{max(one.whole_again_s for one in runs):.1f} s"]
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def table(rows, args):
    lines = [f"{args.people} people, each with a message every {args.every * 1000:.0f} ms to three others and a group "
             f"of all; {os.cpu_count()} cores for the clients, the three nodes, MariaDB, Redis and HAProxy together.",
             "", "| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD),
             *(rows[fault.name] for fault in FAULTS if fault.name in rows)]
    return "\n".join(lines)


def write(path, outcomes, args):
    """Rows of faults that were not run now stay as they are, and so do those of runs on a machine too busy."""
    with open(path) as file:
        before, rest = file.read().split(BEGIN)
    old, after = rest.split(END)
    rows = {line.split(" | ")[0][2:]: line for line in old.splitlines() if line.startswith("| ")}
    for name in {one.fault for one in outcomes if one.calm_before}:
        rows[name] = row([one for one in outcomes if one.fault == name and one.calm_before])
    with open(path, "w") as file:
        file.write(f"{before}{BEGIN}\n{table(rows, args)}\n{END}{after}")
