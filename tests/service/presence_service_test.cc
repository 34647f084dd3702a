#include "server/service/presence/presence_service.h"

#include <set>

#include "tests/service/service_rig.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

// Counts what readers are asked.
class CountedStorage final : public Storage {
 public:
  explicit CountedStorage(DirectStorage& on) : on_(on) {}
  using Storage::append;
  using Storage::read;
  using Storage::write;
  void submit(ConversationId of, std::unique_ptr<WriteJob> job) override {
    on_.submit(of, std::move(job));
  }
  void submit(std::unique_ptr<ReadJob> job) override {
    ++reads;
    on_.submit(std::move(job));
  }
  int reads = 0;

 private:
  DirectStorage& on_;
};

}  // namespace

TEST_CASE("a question about many users is several reads, and one answer", "[service][P9]") {
  ServiceRig rig;
  const LoggedIn ann = *rig.enroll("ann");
  const LoggedIn bob = *rig.enroll("bob");
  rig.prepare([&](Store& store) -> Result<bool> {
    MPIM_TRY(const CreatedGroup made, store.groups().create(ann.user, {}, "g", "", {1}));
    MPIM_CHECKED(store.groups().join(made.group.id, bob.user, {}, bob.user, {1}));
    return true;
  });
  CountedStorage storage(rig.storage);
  PresenceBoard board{PresenceOptions{}};
  PresenceService service(rig.loop, storage, rig.directory, rig.fanout, board);
  std::vector<UserId> users = {bob.user, ann.user, bob.user};
  for (uint64_t i = 0; i < 2 * PresenceService::kUsersARead; ++i) users.emplace_back(500'000 + i);
  const auto ask = [&] {
    return rig.ask<std::vector<LastSeen>>(
        [&](auto reply) { service.visible(rig.caller(ann), users, std::move(reply)); });
  };
  const auto seen = ask();
  REQUIRE(seen.ok());
  REQUIRE(seen->size() == 2);
  CHECK(seen->at(0).user == ann.user);
  CHECK(seen->at(1).user == bob.user);
  CHECK(storage.reads == 3);
  rig.storage.failing = Error{Code::kBusy, "too much to do"};
  CHECK(ask().error().code == Code::kBusy);
}

namespace {

// This node, and others that some users are on.
class TwoNodes final : public Directory {
 public:
  explicit TwoNodes(LocalDirectory& here) : here_(here) {}
  void bind(UserId user, Timestamp now) override { here_.bind(user, now); }
  void unbind(UserId user) override { here_.unbind(user); }
  void nodes_of(const Audience& audience, Executor& home, NodesFound found) override {
    here_.nodes_of(audience, home, std::move(found));
  }
  void nodes_of(UserId user, Executor& home, NodesFound found) override {
    std::vector<NodeId> nodes;
    here_.nodes_of(user, home,
                   [&](std::span<const NodeId> at) { nodes.assign(at.begin(), at.end()); });
    if (elsewhere.contains(user)) nodes.push_back(NodeId{"other"});
    home.post([found = std::move(found), nodes]() mutable { found(nodes); });
  }
  std::vector<Route> routes(UserId, uint32_t) const override { return {}; }
  std::optional<Route> route(UserId user) const override { return here_.route(user); }

  std::set<UserId> elsewhere;

 private:
  LocalDirectory& here_;
};

}  // namespace

TEST_CASE("who is on another node is neither answered nor told to be offline", "[service][P7]") {
  ServiceRig rig;
  const LoggedIn ann = *rig.enroll("ann");
  const LoggedIn bob = *rig.enroll("bob");
  rig.prepare([&](Store& store) -> Result<bool> {
    MPIM_TRY(const CreatedGroup made, store.groups().create(ann.user, {}, "g", "", {1}));
    MPIM_CHECKED(store.groups().join(made.group.id, bob.user, {}, bob.user, {1}));
    return true;
  });
  TwoNodes directory(rig.directory);
  PresenceBoard board{PresenceOptions{Millis(0), Millis(0)}};
  Fanout fanout(rig.loop, rig.directory, rig.bus);
  PresenceService service(rig.loop, rig.storage, directory, fanout, board);
  const auto state = [&] {
    return rig
        .ask<std::vector<PresenceSignal>>(
            [&](auto reply) { service.ask(rig.caller(ann), {bob.user}, std::move(reply)); })
        ->front()
        .state;
  };
  service.arrived(ann.user, [] {});  // somebody who can be told
  CHECK(state() == PresenceState::kOffline);
  directory.elsewhere.insert(bob.user);
  CHECK(state() == PresenceState::kOnline);
  const auto told = [&] { return rig.bus.all<PresenceChanged>().size(); };
  const auto come_and_go = [&] {
    service.arrived(bob.user, [] {});
    service.came(bob.user);
    service.left(rig.caller(bob), true, false);
    rig.loop.run();
  };
  come_and_go();
  CHECK(told() == 1);  // that he came
  directory.elsewhere.clear();
  come_and_go();
  CHECK(told() == 3);
}
