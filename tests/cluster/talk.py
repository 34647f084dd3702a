"""Traffic: one person who sends and keeps what was acknowledged."""
import threading
import time

from node_processes import Gone


class Talk(threading.Thread):
    """Sends numbered messages, one at a time, each until its outcome is known."""

    def __init__(self, person, node, to, label, verb="SEND", pause_s=0.005):
        super().__init__()
        self.person, self.node, self.to, self.label = person, node, to, label
        self.verb, self.pause_s, self.over, self.acknowledged = verb, pause_s, threading.Event(), []
        self.failure, self.slowest_s = None, 0

    def run(self):
        try:
            number = 0
            while not self.over.wait(self.pause_s):
                number += 1
                self.send(f"{self.label}{number}")
        except Exception as failure:  # shown where it is joined
            self.failure = failure

    def send(self, text):
        begun = time.monotonic()
        while True:
            try:
                if self.person.socket is None:
                    self.person.login(self.node)
                answer = self.person.ask(f'{self.verb} {self.to} "{text}" cid={text}')
            except (Gone, ConnectionError):
                self.person.drop()
                time.sleep(0.05)
                continue
            if answer.startswith("+OK"):
                self.acknowledged.append(text)
                self.slowest_s = max(self.slowest_s, time.monotonic() - begun)
                return
            if not answer.startswith(("-ERR UNAVAILABLE", "-ERR UNKNOWN", "-ERR BUSY")):
                raise AssertionError(answer)
            time.sleep(0.05)

    def finish(self):
        self.over.set()
        self.join(60)
        if self.failure:
            raise self.failure
        return self.acknowledged
