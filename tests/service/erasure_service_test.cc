#include "server/service/erasure/erasure_service.h"

#include "tests/service/service_rig.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

const Operator kRoot{"uid 0"};

// Ann and Bob talk, and both belong to a group; Ann has a profile, a friend and two devices.
struct Room {
  Room() {
    for (int i = 1; i <= 7; ++i) {
      from_ann.push_back(
          rig.send(ann, bob.user, "secret " + std::to_string(i), "cid" + std::to_string(i))->id);
      from_bob.push_back(rig.send(bob, ann.user, "bob's " + std::to_string(i))->id);
    }
    rig.prepare([&](Store& store) -> Result<bool> {
      MPIM_TRY(const CreatedGroup made, store.groups().create(ann.user, {}, "g", "", {1}));
      MPIM_CHECKED(store.groups().join(made.group.id, bob.user, {}, bob.user, {1}));
      group = made.group;
      MPIM_CHECKED(store.people().set_profile(ann.user, {"Ann A.", "about ann", {}, {}}));
      MPIM_CHECKED(store.people().add_friend(ann.user, bob.user, {1}));
      MPIM_CHECKED(store.cursors().note_receipt(ann.user, from_bob[0].conversation(),
                                                ReceiptKind::kRead, Seq(9), {1}));
      return true;
    });
    in_group = *rig.ask<Committed>([&](auto reply) {
      Draft draft{.to = group.id,
                  .sender = ann.user,
                  .device = ann.device,
                  .client_id = "g1",
                  .text = "to all"};
      rig.messages.send(std::move(draft), std::move(reply));
    });
  }
  Result<Erasure> erase(UserChoice user) {
    return rig.ask<Erasure>(
        [&](auto reply) { service.erase(kRoot, std::move(user), std::move(reply)); });
  }
  Erasure find(UserId user) {
    return rig.ask<Erasure>([&](auto reply) { service.find(user, std::move(reply)); }).value();
  }
  ErasureCheck check(UserId user) {
    return rig.ask<ErasureCheck>([&](auto reply) { service.check(user, std::move(reply)); })
        .value();
  }
  EntryPtr entry(MessageId id) { return rig.storage.store().log().find(id).value(); }

  ServiceRig rig;
  LoggedIn ann = *rig.enroll("ann");
  LoggedIn bob = *rig.enroll("bob");
  LoggedIn phone = *rig.log_in("ann", "password", "phone");
  Group group;
  std::vector<MessageId> from_ann;
  std::vector<MessageId> from_bob;
  Committed in_group;
  ErasureService service{rig.loop, rig.storage, rig.admin, nullptr, {.step_entries = 3}};
};

}  // namespace

TEST_CASE("an erasure's plan counts what it takes away, and changes nothing", "[service]") {
  Room room;
  const auto plan = room.rig.ask<ErasurePlan>(
      [&](auto reply) { room.service.plan(named("ann"), std::move(reply)); });
  CHECK(plan->user.account.name == "ann");
  CHECK(plan->devices == 2);
  CHECK(plan->groups == 1);
  CHECK(plan->counts.conversations == 2);
  CHECK(room.entry(room.from_ann[0])->text == "secret 1");
  CHECK(room.rig.log_in("ann").ok());
}

TEST_CASE("who is erased leaves no word behind, and what others wrote stays", "[service]") {
  Room room;
  const Erasure begun = room.erase(named("ann")).value();
  CHECK(begun.user == room.ann.user);
  CHECK(begun.actor == "uid 0");
  CHECK_FALSE(room.rig.log_in("ann").ok());
  CHECK_FALSE(room.check(room.ann.user).left.empty());  // it is under way
  room.rig.loop.advance(std::chrono::minutes(1));
  const Erasure done = room.find(room.ann.user);
  CHECK(done.finished_at.ms != 0);
  CHECK(done.done.messages == 8);
  CHECK(done.done.conversations == 2);
  for (const MessageId id : room.from_ann) {
    CHECK(room.entry(id)->text.empty());
    CHECK(room.entry(id)->client_id.empty());
    CHECK(room.entry(id)->state == EntryState::kRecalled);
  }
  CHECK(room.entry(room.in_group.id)->text.empty());
  for (size_t i = 0; i < 7; ++i)
    CHECK(room.entry(room.from_bob[i])->text == "bob's " + std::to_string(i + 1));
  CHECK(room.check(room.ann.user).left.empty());
  CHECK(room.rig.storage.store().audit().newest(9).value().at(0).actor == "uid 0");
  SECTION("a second time answers the first receipt, though nobody has the name any more") {
    CHECK(room.erase(named("ann")).error().code == Code::kNotFound);
    CHECK(room.find(room.ann.user).id == done.id);
  }
  SECTION("the name is free, for somebody else") {
    const LoggedIn other = *room.rig.enroll("ann");
    CHECK(other.user != room.ann.user);
    CHECK(room.check(room.ann.user).left.empty());
  }
}

TEST_CASE("only who was erased is checked for what is left", "[service]") {
  Room room;
  REQUIRE(room.erase(room.ann.user).ok());
  room.rig.loop.advance(std::chrono::minutes(1));
  REQUIRE(room.check(room.ann.user).left.empty());
  // Of somebody who was not erased there is nothing to check.
  const auto none = room.rig.ask<ErasureCheck>(
      [&](auto reply) { room.service.check(room.bob.user, std::move(reply)); });
  CHECK(none.error().code == Code::kNotFound);
}

TEST_CASE("an erasure whose store fails is tried again until it is done", "[service]") {
  Room room;
  std::optional<Result<Erasure>> answer;
  room.service.erase(kRoot, named("ann"), Reply<Erasure>(room.rig.loop, [&](Result<Erasure> got) {
                       answer = std::move(got);
                     }));
  room.rig.storage.failing = Error{Code::kUnavailable, "no disk"};
  room.rig.loop.run();  // it was noted; the removal fails
  REQUIRE(answer.has_value());
  CHECK(answer->error().code == Code::kUnavailable);
  room.rig.loop.advance(std::chrono::seconds(5));
  room.rig.storage.failing.reset();
  room.rig.loop.advance(std::chrono::minutes(2));
  CHECK(room.find(room.ann.user).finished_at.ms != 0);
  CHECK(room.check(room.ann.user).left.empty());
}

TEST_CASE("an erasure that was cut off goes on with the next start", "[service]") {
  Room room;
  REQUIRE(room.erase(named("ann")).ok());
  REQUIRE(room.find(room.ann.user).finished_at.ms == 0);
  ManualLoop after;  // nothing of the first one runs any more
  ErasureService next(after, room.rig.storage, room.rig.admin, nullptr, {.step_entries = 3});
  next.resume();
  for (int i = 0; i < 100; ++i) {
    after.run();
    room.rig.loop.run();
    after.advance(Millis(100));
  }
  CHECK(room.find(room.ann.user).finished_at.ms != 0);
  CHECK(room.entry(room.from_ann[6])->text.empty());
  CHECK(room.check(room.ann.user).left.empty());
}

TEST_CASE("a store that does not answer at the start delays an erasure, and no more", "[service]") {
  Room room;
  REQUIRE(room.erase(named("ann")).ok());
  REQUIRE(room.find(room.ann.user).finished_at.ms == 0);
  ManualLoop after;
  ErasureService next(after, room.rig.storage, room.rig.admin, nullptr, {.step_entries = 3});
  room.rig.storage.failing =
      GENERATE(Error{Code::kBusy, "too much to do"}, Error{Code::kUnavailable, "no disk"});
  next.resume();
  after.run();
  after.advance(std::chrono::seconds(3));
  room.rig.storage.failing.reset();
  for (int i = 0; i < 300; ++i) {
    after.run();
    room.rig.loop.run();
    after.advance(Millis(100));
  }
  CHECK(room.find(room.ann.user).finished_at.ms != 0);
  CHECK(room.check(room.ann.user).left.empty());
}

TEST_CASE("an erasure leaves no name in the audit log, a removal does", "[service]") {
  Room room;
  REQUIRE(room.erase(named("ann")).ok());
  room.rig.loop.advance(std::chrono::minutes(1));
  REQUIRE(room.find(room.ann.user).finished_at.ms != 0);
  REQUIRE(room.rig
              .ask<RemovedUser>([&](auto reply) {
                room.rig.admin.remove_user(kRoot, named("bob"), false, std::move(reply));
              })
              .ok());
  const std::vector<AuditRow> rows = room.rig.storage.store().audit().newest(9).value();
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].subject == "bob");
  CHECK(rows[1].action == "RemoveUser");
  CHECK(rows[1].subject == "user " + std::to_string(room.ann.user.value));
  CHECK(rows[2].action == "EraseUser");
  CHECK(room.check(room.ann.user).left.empty());
}

TEST_CASE("who was removed before is exported and erased by his number", "[service]") {
  Room room;
  REQUIRE(room.rig
              .ask<RemovedUser>([&](auto reply) {
                room.rig.admin.remove_user(kRoot, named("ann"), false, std::move(reply));
              })
              .ok());
  CHECK(room.erase(named("ann")).error().code == Code::kNotFound);
  const auto page = room.rig.ask<ExportedPage>([&](auto reply) {
    room.service.export_messages(room.ann.user, false, {}, 100, std::move(reply));
  });
  REQUIRE(page.ok());
  CHECK(page->entries.size() == 7);
  const auto plan = room.rig.ask<ErasurePlan>(
      [&](auto reply) { room.service.plan(room.ann.user, std::move(reply)); });
  REQUIRE(plan.ok());
  CHECK(plan->user.account.name == "ann");
  CHECK(plan->counts.conversations == 2);
  REQUIRE(room.erase(room.ann.user).ok());
  room.rig.loop.advance(std::chrono::minutes(1));
  CHECK(room.find(room.ann.user).done.messages == 8);
  CHECK(room.entry(room.from_ann[0])->text.empty());
  CHECK(room.check(room.ann.user).left.empty());
  SECTION("nobody else is") {
    CHECK(room.erase(UserId(4711)).error().code == Code::kNotFound);
    CHECK(room.erase(kSystemUser).error().code == Code::kDenied);
    const auto none = room.rig.ask<ErasurePlan>(
        [&](auto reply) { room.service.plan(UserId(4711), std::move(reply)); });
    CHECK(none.error().code == Code::kNotFound);
  }
}

TEST_CASE("a check tells what belongs to a person's messages and is left", "[service]") {
  Room room;
  REQUIRE(room.erase(room.ann.user).ok());
  room.rig.loop.advance(std::chrono::minutes(1));
  REQUIRE(room.check(room.ann.user).left.empty());
  room.rig.prepare([&](Store& store) -> Result<bool> {
    MPIM_CHECKED(store.cursors().note_receipt(room.ann.user, room.from_bob[0].conversation(),
                                              ReceiptKind::kRead, Seq(9), {1}));
    return true;
  });
  const std::vector<std::string> left = room.check(room.ann.user).left;
  REQUIRE(left.size() == 1);
  CHECK(left[0].starts_with("receipts in conversation"));
}

TEST_CASE("a person's messages are read out, all of them and nobody else's", "[service]") {
  Room room;
  const auto read = [&](bool all) {
    std::vector<std::string> texts;
    ErasurePlace from;
    for (bool more = true; more;) {
      const auto page = room.rig.ask<ExportedPage>([&](auto reply) {
        room.service.export_messages(named("ann"), all, from, 4, std::move(reply));
      });
      REQUIRE(page.ok());
      CHECK(page->entries.size() <= 4);
      for (const EntryPtr& entry : page->entries)
        if (entry->kind == EntryKind::kMessage) texts.push_back(entry->text);
      more = page->more;
      from = page->next;
    }
    return texts;
  };
  const std::vector<std::string> own = read(false);
  CHECK(own.size() == 8);
  CHECK(std::ranges::none_of(own, [](const auto& text) { return text.starts_with("bob"); }));
  CHECK(read(true).size() == 15);
  CHECK(room.rig
            .ask<ExportedPage>([&](auto reply) {
              room.service.export_messages(named("nobody"), true, {}, 4, std::move(reply));
            })
            .error()
            .code == Code::kNotFound);
}
