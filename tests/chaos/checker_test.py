#!/usr/bin/env python3
"""Each wrong history is noticed, and the good one is not."""
import copy
import unittest

import checker
from history import History, PersonSaw, Send, Shown


def good():
    """Alice writes twice to bob and he once to her, in conversation 7; he read her first."""
    alice, bob = PersonSaw("alice"), PersonSaw("bob")
    for at, (who, text) in enumerate([(alice, "alice-1"), (bob, "bob-1"), (alice, "alice-2")], 1):
        who.sends.append(Send(who.name, "other", text, at, at + 0.1, 7, at))
        (bob if who is alice else alice).shown.append(Shown(7, at, text, at + 0.2))
    bob.shown.insert(1, copy.copy(bob.shown[0]))  # a repeat is no fault
    alice.read, alice.unread = {7: 3}, {}
    bob.read, bob.unread = {7: 1}, {7: 1}
    return History({"alice": alice, "bob": bob}, {7: {"alice", "bob"}},
                   {7: [(1, "alice", "alice-1"), (2, "bob", "bob-1"), (3, "alice", "alice-2")]})


class Planted(unittest.TestCase):
    def setUp(self):
        self.history = good()
        self.alice, self.bob = self.history.people["alice"], self.history.people["bob"]

    def notices(self, kind):
        findings = checker.check(self.history)
        self.assertTrue([one for one in findings if one.startswith(kind)], f"{kind}: not in {findings}")

    def test_a_good_run_has_no_findings(self):
        self.assertEqual(checker.check(self.history), [])

    def test_a_message_that_the_store_lost(self):
        self.history.log[7].pop()
        self.notices("lost: alice-2 was acknowledged")

    def test_a_message_in_another_place_than_was_answered(self):
        self.alice.sends[1].seq = 2
        self.notices("lost: alice-2 was acknowledged as 7/2")

    def test_a_message_that_was_never_shown(self):
        self.bob.shown.pop()
        self.notices("lost: bob was never shown alice-2")

    def test_a_send_without_an_answer(self):
        self.alice.sends[1].answered = None
        self.notices("alice: alice-2 was never answered")

    def test_a_message_stored_twice(self):
        self.history.log[7].append((4, "alice", "alice-2"))
        self.bob.shown.append(Shown(7, 4, "alice-2", 4))
        self.notices("repeated: alice-2 is stored more than once")
        self.notices("repeated: bob was shown alice-2 twice")

    def test_a_message_shown_under_two_seqs(self):
        self.bob.shown.append(Shown(7, 9, "alice-2", 4))
        self.notices("repeated: bob was shown alice-2 twice")

    def test_an_entry_that_came_with_two_texts(self):
        self.bob.shown.append(Shown(7, 3, "alice-3", 4))
        self.notices("bob: (7, 3) came as 'alice-2' and as 'alice-3'")

    def test_an_entry_that_the_log_has_otherwise(self):
        self.bob.shown[-1].text = "alice-3"
        self.notices("bob: (7, 3) was shown as 'alice-3'")

    def test_messages_out_of_order(self):
        self.bob.shown.reverse()
        self.notices("order: bob was shown seq 1 of conversation 7 after seq 3")

    def test_a_gap_in_the_log(self):
        self.history.log[7][1] = (5, "bob", "bob-1")
        self.notices("conversation 7: its log is not 1, 2, 3")

    def test_a_wrong_count_of_unread(self):
        self.bob.unread = {7: 2}
        self.notices("unread: bob is told 2 in conversation 7, a recount above seq 1 gives 1")

    def test_a_count_that_is_missing(self):
        self.bob.unread = {}
        self.notices("unread: bob is told 0")

    def test_an_answer_that_no_fault_explains(self):
        self.bob.wrong.append("-ERR INTERNAL")
        self.notices("bob: -ERR INTERNAL")


class Recovery(unittest.TestCase):
    def setUp(self):
        self.history = good()
        self.alice, self.bob = self.history.people["alice"], self.history.people["bob"]

    def after(self, fault_began=0.0):
        return checker.whole_again(self.history, fault_began)[0]

    def test_a_quiet_day(self):
        self.assertEqual(self.after(), 0)

    def test_what_was_wrong_before_does_not_count(self):
        self.alice.away.append((1, 2))
        self.assertEqual(self.after(3), 0)

    def test_a_person_who_was_away(self):
        self.alice.away.append((2, 5))
        self.assertEqual(self.after(1), 4)

    def test_a_try_that_failed(self):
        self.alice.sends[1].refusals.append((6, 8, "lost"))
        self.assertEqual(self.after(5), 3)

    def test_an_answer_that_was_late(self):
        self.alice.sends[1].answered = self.alice.sends[1].begun + 2
        self.assertEqual(self.after(), 5)

    def test_a_delivery_that_was_late(self):
        self.bob.shown[-1].at = 9
        self.assertEqual(self.after(), 9)


if __name__ == "__main__":
    unittest.main()
