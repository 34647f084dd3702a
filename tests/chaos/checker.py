"""Judges a history: each finding is one sentence; none is a good run."""

LATE_S = 1.0


def check(history):
    """All that must hold once everything has healed."""
    findings = []
    for person in history.people.values():
        findings += [f"{person.name}: {what}" for what in person.wrong]
        findings += acknowledged_offences(person, history)
        findings += shown_offences(person, history)
        findings += unread_offences(person, history)
    findings += log_offences(history)
    return findings


def log_offences(history):
    """The store: seqs without gaps, each client id once."""
    for conversation, log in history.log.items():
        seqs = [seq for seq, _, _ in log]
        if seqs != list(range(1, len(seqs) + 1)):
            yield f"conversation {conversation}: its log is not 1, 2, 3, ... to {len(seqs)}"
        texts = [text for _, sender, text in log if sender]
        for text in sorted({one for one in texts if texts.count(one) > 1}) if len(set(texts)) < len(texts) else ():
            yield f"repeated: {text} is stored more than once in conversation {conversation}"


def acknowledged_offences(person, history):
    """What was answered +OK is in the log, in the place that was answered."""
    for send in person.sends:
        if send.answered is None:
            yield f"{person.name}: {send.cid} was never answered"
            continue
        held = {seq: text for seq, _, text in history.log.get(send.conversation, ())}
        if held.get(send.seq) != send.cid:
            yield (f"lost: {send.cid} was acknowledged as {send.conversation}/{send.seq}, "
                   f"and there is {held.get(send.seq)!r}")


def shown_offences(person, history):
    """Repeats dropped by (conversation, seq), a person sees the log: all of it, in order, nothing twice."""
    own = {(send.conversation, send.seq) for send in person.sends if send.answered is not None}
    seen, last, texts = {}, {}, set()
    for entry in person.shown:
        place = (entry.conversation, entry.seq)
        if place in seen:
            if seen[place] != entry.text:
                yield f"{person.name}: {place} came as {seen[place]!r} and as {entry.text!r}"
            continue
        seen[place] = entry.text
        if place in own:
            continue  # +OK was its push, this is a repeat
        if entry.seq <= last.get(entry.conversation, 0):
            yield (f"order: {person.name} was shown seq {entry.seq} of conversation {entry.conversation} "
                   f"after seq {last[entry.conversation]}")
        last[entry.conversation] = max(entry.seq, last.get(entry.conversation, 0))
        if entry.text in texts and entry.text.startswith(person_prefix(history)):
            yield f"repeated: {person.name} was shown {entry.text} twice, under two seqs"
        texts.add(entry.text)
    for conversation, log in history.log.items():
        if person.name in history.members[conversation]:
            yield from missing(person, conversation, log, seen, own)


def missing(person, conversation, log, seen, own):
    for seq, sender, text in log:
        place = (conversation, seq)
        if not sender:
            continue  # members who joined later do not see the events before
        if place not in own and place not in seen:
            yield f"lost: {person.name} was never shown {text} ({conversation}/{seq})"
        elif place in seen and seen[place] != text:
            yield f"{person.name}: {place} was shown as {seen[place]!r}, the log has {text!r}"


def person_prefix(history):
    """Texts of messages begin with their sender's name; events are told by their kind."""
    return tuple(name + "-" for name in history.people)


def unread_offences(person, history):
    """Unread is what others wrote above the read cursor."""
    for conversation, log in history.log.items():
        if person.name not in history.members[conversation] or person.unread is None:
            continue
        read = person.read.get(conversation, 0)
        recount = sum(1 for seq, sender, _ in log if sender and sender != person.name and seq > read)
        said = person.unread.get(conversation, 0)
        if recount != said:
            yield (f"unread: {person.name} is told {said} in conversation {conversation}, "
                   f"a recount above seq {read} gives {recount}")


def bad_spans(history):
    """(from, until, what) of everything that was not as on a quiet day: a try that failed, an answer or a
    delivery that took longer than LATE_S, a person without a session."""
    spans = []
    answered = {}
    for person in history.people.values():
        spans += [(*span, f"{person.name} was logged out") for span in person.away]
        for send in person.sends:
            spans += [(begun, failed, f"{send.cid} failed: {why}") for begun, failed, why in send.refusals]
            if send.answered is not None:
                answered[(send.conversation, send.seq)] = send.answered
                if send.answered - send.begun > LATE_S:
                    spans.append((send.begun, send.answered, f"{send.cid} was answered late"))
    for person in history.people.values():
        own = {(send.conversation, send.seq) for send in person.sends}
        first = {}
        for entry in person.shown:
            first.setdefault((entry.conversation, entry.seq), (entry.at, entry.text))
        spans += [(answered[place], at, f"{text} came late to {person.name}") for place, (at, text) in first.items()
                  if place in answered and at - answered[place] > LATE_S and place not in own]
    return spans


def whole_again(history, fault_began):
    """Seconds from the fault to the first moment after which every send succeeds and every delivery takes at
    most LATE_S, and what was the last to mend; 0 when nobody noticed."""
    ends = [(until - fault_began, what) for _, until, what in bad_spans(history) if until > fault_began]
    return max(ends, default=(0.0, "nobody noticed"))
