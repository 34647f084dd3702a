"""What the clients of one run saw and did: what the checker judges. Times are seconds of one monotonic clock."""
import dataclasses


@dataclasses.dataclass
class Send:
    """One message that a person wanted to send, under one client id."""
    who: str
    to: str                 # the person or group it is for
    cid: str                # also its text
    begun: float
    answered: float = None  # when +OK came
    conversation: int = 0
    seq: int = 0
    refusals: list = dataclasses.field(default_factory=list)  # (when begun, when it failed, why) of each failed try


@dataclasses.dataclass
class Shown:
    """One entry as it was pushed to a person."""
    conversation: int
    seq: int
    text: str               # of an event: its kind
    at: float


@dataclasses.dataclass
class PersonSaw:
    """All that one person's only device did and saw."""
    name: str
    sends: list = dataclasses.field(default_factory=list)
    shown: list = dataclasses.field(default_factory=list)     # every push, repeats too, as they came
    away: list = dataclasses.field(default_factory=list)      # (from, until) without a session
    read: dict = dataclasses.field(default_factory=dict)      # conversation -> seq, as the server confirmed it
    unread: dict = None                                       # conversation -> count, as the server says at the end
    wrong: list = dataclasses.field(default_factory=list)     # answers that no fault explains


@dataclasses.dataclass
class History:
    """`members` says who is in each conversation; `log` is what the store holds at the end: conversation ->
    list of (seq, sender or "", text), oldest first. An event has no sender."""
    people: dict
    members: dict
    log: dict
