// Who is told of whose presence.
#include "server/session/watches.h"

#include <catch2/catch.hpp>

#include "server/store/sql/open.h"
#include "tests/support/direct_storage.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

// Each session is that of the user who has its number.
struct Watchers {
  Watchers() {
    Store& store = storage.store();
    REQUIRE(store.begin().ok());
    ann = store.accounts().create({"ann", "ann"}, "h", {1}).value();
    bob = store.accounts().create({"bob", "bob"}, "h", {1}).value();
    REQUIRE(store.people().add_friend(ann, bob, {1}).ok());
    REQUIRE(store.people().accept(bob, ann, {1}).ok());
    REQUIRE(store.commit().ok());
  }
  void changes(UserId user, PresenceState state) {
    watches.on({user, state, {}});
    loop.run();
  }

  ManualLoop loop;
  DirectStorage storage{open_sqlite_store(":memory:").value()};
  UserId ann;
  UserId bob;
  std::vector<std::pair<SessionId, PresenceState>> told;
  Watches watches{loop, storage, [](SessionId session) { return UserId(session.value); },
                  [this](SessionId session, const PresenceSignal& signal) {
                    told.emplace_back(session, signal.state);
                  }};
};

}  // namespace

TEST_CASE("a change that could not be checked is told when the store answers again",
          "[watches][P9]") {
  Watchers of;
  const SessionId session(of.ann.value);
  of.watches.add(session, {&of.bob, 1}, 9);
  of.storage.failing = Error{Code::kBusy, "too much to do"};
  of.changes(of.bob, PresenceState::kOnline);
  of.loop.advance(std::chrono::seconds(30));
  of.changes(of.bob, PresenceState::kAway);  // waits behind
  CHECK(of.told.empty());
  of.storage.failing.reset();
  of.loop.advance(Watches::kPauseMax);
  using Told = std::vector<std::pair<SessionId, PresenceState>>;
  CHECK(of.told == Told{{session, PresenceState::kOnline}, {session, PresenceState::kAway}});
  of.loop.advance(std::chrono::minutes(5));
  of.changes(of.bob, PresenceState::kOffline);
  CHECK(of.told.size() == 3);
}

TEST_CASE("who may not see any more is not told, and no longer watches", "[watches][P9]") {
  Watchers of;
  const SessionId session(of.ann.value);
  const UserId users[] = {of.bob, kSystemUser, of.bob};
  CHECK(of.watches.add(session, users, 9) == 2);
  CHECK(of.watches.add(session, users, 9) == 2);
  of.changes(kSystemUser, PresenceState::kOnline);
  CHECK(of.told.empty());
  CHECK(of.watches.count(session) == 1);
  CHECK(of.watches.has(session, of.bob));
  of.watches.remove(session, users);
  CHECK(of.watches.count(session) == 0);
  of.changes(of.bob, PresenceState::kOnline);
  CHECK(of.told.empty());
}
