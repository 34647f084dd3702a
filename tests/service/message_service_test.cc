#include "tests/service/service_rig.h"

using namespace mpim;
using namespace mpim::testing;

TEST_CASE("a message is answered first and then told to each node with somebody to tell",
          "[service][M1][M9]") {
  ServiceRig rig;
  const LoggedIn ann = *rig.enroll("ann");
  const LoggedIn bob = *rig.enroll("bob");
  rig.directory.bind(bob.user, {});

  // As a node does: an envelope becomes a task of each worker.
  std::vector<std::string> order;
  rig.bus.published = [&] { rig.loop.post([&] { order.push_back("push"); }); };
  rig.messages.send(
      {.to = bob.user, .sender = ann.user, .device = ann.device, .client_id = "", .text = "hi"},
      Reply<Committed>(rig.loop, [&](Result<Committed> answer) {
        REQUIRE(answer.ok());
        order.push_back("answer");
      }));
  rig.loop.run();
  const auto told = rig.bus.all<EntryCommitted>();
  REQUIRE(told.size() == 1);
  CHECK(told[0].entry->text == "hi");
  CHECK(told[0].audience.direct());
  CHECK(order == std::vector<std::string>{"answer", "push"});
}

TEST_CASE("with nobody online nothing is published, and the message waits in the log",
          "[service][M2]") {
  ServiceRig rig;
  const LoggedIn ann = *rig.enroll("ann");
  const LoggedIn bob = *rig.enroll("bob");
  const Result<Committed> sent = rig.send(ann, bob.user, "later");
  REQUIRE(sent.ok());
  CHECK(rig.bus.envelopes.empty());
  CHECK((*rig.storage.store().log().find(sent->id))->text == "later");
}

TEST_CASE("a repeated client id gets its first id and is told to nobody again", "[service][M48]") {
  ServiceRig rig;
  const LoggedIn ann = *rig.enroll("ann");
  const LoggedIn bob = *rig.enroll("bob");
  rig.directory.bind(bob.user, {});
  const Committed first = *rig.send(ann, bob.user, "once", "c1");
  const Committed again = *rig.send(ann, bob.user, "once", "c1");
  CHECK(again.id == first.id);
  CHECK(again.duplicate);
  CHECK(rig.bus.all<EntryCommitted>().size() == 1);
  CHECK(rig.send(ann, bob.user, "another", "c1").error().code == Code::kConflict);
}

TEST_CASE("a send the store refuses or cannot take is answered with why, and told to nobody",
          "[service][M56][G49]") {
  ServiceRig rig;
  const LoggedIn ann = *rig.enroll("ann");
  rig.directory.bind(ann.user, {});
  CHECK(rig.send(ann, UserId(9'999), "hi").error().code == Code::kNotFound);
  rig.storage.failing = Error{Code::kUnavailable, "the disk is full"};
  CHECK(rig.send(ann, ann.user, "hi").error().code == Code::kUnavailable);
  CHECK(rig.bus.envelopes.empty());
}

TEST_CASE("reading moves the unread count, and only what one may read can be read",
          "[service][M31]") {
  ServiceRig rig;
  const LoggedIn ann = *rig.enroll("ann");
  const LoggedIn bob = *rig.enroll("bob");
  const LoggedIn eve = *rig.enroll("eve");
  const Committed first = *rig.send(ann, bob.user, "one");
  REQUIRE(rig.send(ann, bob.user, "two").ok());
  const auto unread = [&] {
    return *rig.ask<std::vector<Unread>>(
        [&](auto reply) { rig.messages.unread(rig.caller(bob), 10, std::move(reply)); });
  };
  REQUIRE(unread().size() == 1);
  CHECK(unread()[0].count == 2);
  const auto read = [&](const LoggedIn& who) {
    return rig.ask<Seq>(
        [&](auto reply) { rig.messages.read(rig.caller(who), {first.id}, std::move(reply)); });
  };
  CHECK(read(eve).error().code == Code::kNotFound);
  CHECK(*read(bob) == Seq(1));
  CHECK(unread()[0].count == 1);
}
