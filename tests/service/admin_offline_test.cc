#include "tests/service/service_rig.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

const Operator kRoot{"uid 0"};

// Ann has sent Bob five messages; Bob's desk acknowledged three of them, his phone none.
struct Backlog {
  Backlog() {
    for (int i = 1; i <= 5; ++i) last = *rig.send(ann, bob.user, "m" + std::to_string(i));
    conversation = last.id.conversation();
    set_delivered(bob.device, 3);
    set_delivered(phone.device, 0);
    set_delivered(ann.device, 5);
  }
  void set_delivered(DeviceId device, uint64_t seq) {
    rig.set_delivered(device, conversation, Seq(seq));
  }
  Seq delivered(const LoggedIn& at) {
    return rig.storage.store().cursors().standing(at.user, at.device, conversation)->delivered;
  }
  Result<Listing<MovedCursor>> move(OfflineChoice which, MoveOrder order, bool dry_run) {
    return rig.ask<Listing<MovedCursor>>([&](auto reply) {
      rig.admin.move_offline(kRoot, std::move(which), order, dry_run, std::move(reply));
    });
  }
  OfflineChoice of_bob(const std::string& device = "", bool here = true) {
    return {named("bob"), device, here ? conversation : ConversationId{}};
  }

  ServiceRig rig;
  LoggedIn ann = *rig.enroll("ann");
  LoggedIn bob = *rig.enroll("bob");
  LoggedIn phone = *rig.log_in("bob", "password", "phone");
  Committed last;
  ConversationId conversation;
};

// "device:to" of each, in their order.
std::vector<std::string> shown(const Listing<MovedCursor>& plan) {
  std::vector<std::string> rows;
  for (const MovedCursor& moved : plan.items)
    rows.push_back(plan.names.devices.at(moved.row.device) + ":" + std::to_string(moved.to.value));
  return rows;
}

}  // namespace

TEST_CASE("what waits is counted and listed page by page, with names", "[service][X3]") {
  Backlog backlog;
  const auto stats = backlog.rig.ask<OfflineStats>(
      [&](auto reply) { backlog.rig.admin.offline_stats(std::move(reply)); });
  CHECK(stats->users == 1);
  CHECK(stats->devices == 2);
  CHECK(stats->conversations == 1);
  CHECK(stats->pending == 7);

  const auto page = [&](std::optional<OfflineRow> after, OfflineChoice which) {
    return backlog.rig.ask<Listing<OfflineRow>>([&](auto reply) {
      backlog.rig.admin.list_offline(std::move(which), after, 1, std::move(reply));
    });
  };
  const auto first = page({}, {});
  REQUIRE(first->items.size() == 1);
  CHECK(first->more);
  CHECK(first->items[0].pending == 2);
  CHECK(first->names.users.at(first->items[0].peer) == "ann");
  const auto second = page(first->items[0], {});
  CHECK_FALSE(second->more);
  CHECK(second->names.devices.at(second->items[0].device) == "phone");
  CHECK(page({}, {named("bob"), "phone", {}})->items[0].pending == 5);
  CHECK(page({}, {named("bob"), "tablet", {}}).error().code == Code::kNotFound);
  CHECK(page({}, {{}, "phone", {}}).error().code == Code::kBadRequest);
}

TEST_CASE("the waiting entries of a device are read from its cursor, or from where one asks",
          "[service][X3]") {
  Backlog backlog;
  const auto read = [&](const std::string& device, ConversationId of, uint64_t after,
                        uint32_t max) {
    return backlog.rig.ask<Listing<EntryPtr>>([&](auto reply) {
      backlog.rig.admin.read_offline(named("bob"), device, of, Seq(after), max, std::move(reply));
    });
  };
  const auto desk = read("default", backlog.conversation, 0, 100);
  REQUIRE(desk->items.size() == 2);
  CHECK(desk->items[0]->text == "m4");
  CHECK_FALSE(desk->more);
  const auto phone = read("phone", {}, 0, 3);
  CHECK(phone->items.size() == 3);
  CHECK(phone->more);
  CHECK(read("default", backlog.conversation, 1, 100)->items.size() == 4);
  CHECK(read("default", {}, 1, 100).error().code == Code::kBadRequest);
  CHECK(read("tablet", {}, 0, 100).error().code == Code::kNotFound);
}

TEST_CASE("a replay answers the same plan dry and real, and moves cursors back alone",
          "[service][X3]") {
  Backlog backlog;
  backlog.rig.directory.bind(backlog.bob.user, {});
  const MoveOrder to_two{.purge = false, .to = Seq(2), .last = 0};
  const auto dry = backlog.move(backlog.of_bob(), to_two, true);
  REQUIRE(dry.ok());
  CHECK(shown(*dry) == std::vector<std::string>{"default:2"});
  CHECK(backlog.delivered(backlog.bob) == Seq(3));
  CHECK(backlog.rig.bus.all<CursorsRewound>().empty());

  const auto real = backlog.move(backlog.of_bob(), to_two, false);
  CHECK(shown(*real) == shown(*dry));
  CHECK(backlog.delivered(backlog.bob) == Seq(2));
  CHECK(backlog.delivered(backlog.phone) == Seq(0));
  const auto told = backlog.rig.bus.all<CursorsRewound>();
  REQUIRE(told.size() == 1);
  CHECK(told[0].device == backlog.bob.device);
  CHECK(told[0].conversation == backlog.conversation);
  const auto audit = *backlog.rig.storage.store().audit().newest(1);
  CHECK(audit.at(0).subject == "replay of 1 cursors");
}

TEST_CASE("the newest entries are replayed in all conversations and to everybody of one",
          "[service][X3]") {
  Backlog backlog;
  backlog.set_delivered(backlog.bob.device, 5);
  const MoveOrder newest{.purge = false, .to = {}, .last = 2};
  CHECK(shown(*backlog.move(backlog.of_bob("", false), newest, true)) ==
        std::vector<std::string>{"default:3"});
  const auto everybody = *backlog.move({{}, "", backlog.conversation}, newest, true);
  REQUIRE(everybody.items.size() == 2);
  CHECK(everybody.items[0].row.user == backlog.ann.user);
  CHECK(everybody.items[1].row.user == backlog.bob.user);
  const MoveOrder all{.purge = false, .to = {}, .last = 1'000};
  CHECK(shown(*backlog.move(backlog.of_bob(), all, true)) == std::vector<std::string>{"default:0"});
}

TEST_CASE("a purge moves to the head what waits, and nothing else", "[service][X3]") {
  Backlog backlog;
  const MoveOrder purge{.purge = true, .to = {}, .last = 0};
  const auto dry = *backlog.move(backlog.of_bob(), purge, true);
  CHECK(shown(dry) == std::vector<std::string>{"default:5", "phone:5"});
  CHECK(backlog.delivered(backlog.phone) == Seq(0));
  CHECK(shown(*backlog.move(backlog.of_bob(), purge, false)) == shown(dry));
  CHECK(backlog.delivered(backlog.bob) == Seq(5));
  CHECK(backlog.delivered(backlog.phone) == Seq(5));
  CHECK(backlog.move(backlog.of_bob(), purge, false)->items.empty());
}

TEST_CASE("an order that does not say what to move is refused", "[service][X3][G49]") {
  Backlog backlog;
  const auto code = [&](OfflineChoice which, MoveOrder order) {
    return backlog.move(std::move(which), order, false).error().code;
  };
  CHECK(code({}, {.purge = true, .to = {}, .last = 0}) == Code::kBadRequest);
  CHECK(code(backlog.of_bob("", false), {.purge = false, .to = Seq(1), .last = 0}) ==
        Code::kBadRequest);
  CHECK(code(backlog.of_bob(), {.purge = true, .to = Seq(1), .last = 0}) == Code::kBadRequest);
  CHECK(code({named("nobody"), "", {}}, {.purge = true, .to = {}, .last = 0}) == Code::kNotFound);
}
