#include "tests/service/service_rig.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

using Verb = void (PeopleService::*)(const Caller&, UserChoice, Reply<Settled>);

// Two people on the bus, and what they do, alone or at once.
struct Pair : ServiceRig {
  Pair() {
    directory.bind(ann.user, {});
    directory.bind(bob.user, {});
  }
  Result<Settled> act(Verb verb, const LoggedIn& who, const LoggedIn& whom) {
    return ask<Settled>(
        [&](auto reply) { (people.*verb)(caller(who), whom.user, std::move(reply)); });
  }
  // Both are submitted before either is answered.
  void at_once(Verb one, const LoggedIn& who, Verb other, const LoggedIn& by) {
    std::vector<Code> codes;
    const auto reply = [&] {
      return Reply<Settled>(loop, [&codes](Result<Settled> given) {
        codes.push_back(given.ok() ? Code::kInternal : given.error().code);
      });
    };
    (people.*one)(caller(who), who.user == ann.user ? bob.user : ann.user, reply());
    (people.*other)(caller(by), by.user == ann.user ? bob.user : ann.user, reply());
    loop.run();
    REQUIRE(codes.size() == 2);
    outcomes = codes;
  }
  FriendState state(const LoggedIn& of, const LoggedIn& with) {
    const auto rows = *ask<std::vector<Friend>>([&](auto reply) {
      people.friends(caller(of), std::nullopt, UserId{}, 10, std::move(reply));
    });
    for (const Friend& row : rows)
      if (row.user == with.user) return row.state;
    return FriendState::kNone;
  }
  bool both(FriendState wanted) { return state(ann, bob) == wanted && state(bob, ann) == wanted; }

  LoggedIn ann = *enroll("ann");
  LoggedIn bob = *enroll("bob");
  std::vector<Code> outcomes;
};
constexpr Code kDone = Code::kInternal;

}  // namespace

TEST_CASE("a change of a friendship is told to the other side and to one's other devices",
          "[service][P14]") {
  Pair pair;
  REQUIRE(pair.act(&PeopleService::add_friend, pair.ann, pair.bob).ok());
  const auto told = pair.bus.all<UserTold>();
  REQUIRE(told.size() == 2);
  CHECK(told[0].user == pair.ann.user);
  CHECK(told[0].except == pair.ann.device);
  CHECK(told[1].user == pair.bob.user);
  CHECK_FALSE(told[1].except);
  CHECK(std::get<ChangeSignal>(told[1].signal).state == "requested");
  CHECK(pair.act(&PeopleService::add_friend, pair.ann, pair.bob).error().code == Code::kExists);
  CHECK(pair.bus.all<UserTold>().size() == 2);
}

TEST_CASE("both ask at once: they are friends", "[service][P14]") {
  Pair pair;
  pair.at_once(&PeopleService::add_friend, pair.ann, &PeopleService::add_friend, pair.bob);
  CHECK(pair.outcomes == std::vector{kDone, kDone});
  CHECK(pair.both(FriendState::kFriend));
}

TEST_CASE("accepting and taking back at once: whichever comes first, they are no friends",
          "[service][P14]") {
  Pair pair;
  REQUIRE(pair.act(&PeopleService::add_friend, pair.ann, pair.bob).ok());
  SECTION("accepted first") {
    pair.at_once(&PeopleService::accept, pair.bob, &PeopleService::remove_friend, pair.ann);
    CHECK(pair.outcomes == std::vector{kDone, kDone});
  }
  SECTION("taken back first") {
    pair.at_once(&PeopleService::remove_friend, pair.ann, &PeopleService::accept, pair.bob);
    CHECK(pair.outcomes == std::vector{kDone, Code::kNotFound});
  }
  CHECK(pair.both(FriendState::kNone));
}

TEST_CASE("blocking while the other accepts: the block stands and they are no friends",
          "[service][P14][M7]") {
  Pair pair;
  REQUIRE(pair.act(&PeopleService::add_friend, pair.ann, pair.bob).ok());
  SECTION("accepted first") {
    pair.at_once(&PeopleService::accept, pair.bob, &PeopleService::block, pair.ann);
    CHECK(pair.outcomes == std::vector{kDone, kDone});
  }
  SECTION("blocked first") {
    pair.at_once(&PeopleService::block, pair.ann, &PeopleService::accept, pair.bob);
    CHECK(pair.outcomes == std::vector{kDone, Code::kNotFound});
  }
  CHECK(pair.both(FriendState::kNone));
  CHECK(pair.send(pair.bob, pair.ann.user, "hi").error().code == Code::kBlocked);
}

TEST_CASE("marking as read is told to the user's other devices, once", "[service][M32]") {
  Pair pair;
  const Committed sent = *pair.send(pair.bob, pair.ann.user, "hi");
  const auto read = [&] {
    return pair.ask<Seq>([&](auto reply) {
      pair.messages.read(ServiceRig::caller(pair.ann), {sent.id}, std::move(reply));
    });
  };
  CHECK(*read() == Seq(1));
  CHECK(*read() == Seq(1));
  const auto told = pair.bus.all<UserTold>();
  REQUIRE(told.size() == 2);
  // Who wrote it learns that it was read.
  CHECK(told[0].user == pair.bob.user);
  CHECK(std::get<ReceiptSignal>(told[0].signal).kind == ReceiptKind::kRead);
  CHECK(told[1].except == pair.ann.device);
  CHECK(std::get<ChangeSignal>(told[1].signal).through == Seq(1));
}

namespace {

Result<std::string> change_password(ServiceRig& rig, const LoggedIn& who, const std::string& from,
                                    const std::string& to, bool in_session = true) {
  return rig.ask<std::string>([&](auto reply) {
    rig.users.change_password(ServiceRig::caller(who), from, to, "10.0.0.9", in_session,
                              std::move(reply));
  });
}

}  // namespace

TEST_CASE("another password ends the other devices, and this one has a token of its own",
          "[service][P12][G30]") {
  ServiceRig rig;
  const LoggedIn home = *rig.enroll("ann");
  const LoggedIn phone = *rig.log_in("ann", "password", "phone");
  rig.directory.bind(home.user, {});
  const auto token = change_password(rig, home, "password", "another-one");
  REQUIRE(token.ok());
  const auto ended = rig.bus.all<SessionsEnded>();
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].device == phone.device);
  CHECK(rig.resume(phone.token).error().code == Code::kBadToken);
  CHECK(rig.resume(home.token).error().code == Code::kBadToken);
  CHECK(rig.resume(*token).ok());
  CHECK(rig.log_in("ann", "password").error().code == Code::kBadCredentials);
  CHECK(rig.log_in("ann", "another-one").ok());
}

TEST_CASE("who changes his password without a session ends that of his device too",
          "[service][P12]") {
  ServiceRig rig;
  const LoggedIn home = *rig.enroll("ann");
  rig.directory.bind(home.user, {});
  REQUIRE(change_password(rig, home, "password", "another-one", false).ok());
  const auto ended = rig.bus.all<SessionsEnded>();
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].device == home.device);
}

TEST_CASE("a wrong old password changes nothing, counts, and locks out", "[service][P12]") {
  ServiceRig rig;
  const LoggedIn ann = *rig.enroll("ann");
  CHECK(change_password(rig, ann, "password", "short").error().code == Code::kBadRequest);
  for (int i = 0; i < 3; ++i)
    CHECK(change_password(rig, ann, "guess", "another-one").error().code == Code::kBadCredentials);
  CHECK(change_password(rig, ann, "password", "another-one").error().code == Code::kLockedOut);
  CHECK(rig.bus.all<SessionsEnded>().empty());
  CHECK(rig.resume(ann.token).ok());
}

TEST_CASE("of two changes of a password at once one wins", "[service][P12]") {
  ServiceRig rig;
  const LoggedIn ann = *rig.enroll("ann");
  rig.hasher.held = true;
  std::vector<bool> done;
  for (const char* wanted : {"first-one", "second-one"})
    rig.users.change_password(ServiceRig::caller(ann), "password", wanted, "10.0.0.9", true,
                              Reply<std::string>(rig.loop, [&done](Result<std::string> token) {
                                done.push_back(token.ok());
                              }));
  rig.loop.run();
  rig.hasher.release();
  rig.loop.run();
  CHECK(done == std::vector{true, false});
  rig.hasher.held = false;
  CHECK(rig.log_in("ann", "first-one").ok());
}

TEST_CASE("a device is revoked by its name, but not the one that asks", "[service][G30]") {
  ServiceRig rig;
  const LoggedIn home = *rig.enroll("ann");
  const LoggedIn phone = *rig.log_in("ann", "password", "phone");
  rig.directory.bind(home.user, {});
  LiveSession live;
  live.user = phone.user;
  live.device = phone.device;
  rig.live.sessions = {live};
  const auto revoke = [&](const std::string& name) {
    return rig.ask<bool>([&](auto reply) {
      rig.people.revoke(ServiceRig::caller(home), DeviceName{name}, std::move(reply));
    });
  };
  const auto devices = [&] {
    return *rig.ask<std::vector<OwnDevice>>(
        [&](auto reply) { rig.people.devices(ServiceRig::caller(home), std::move(reply)); });
  };
  REQUIRE(devices().size() == 2);
  CHECK(devices()[0].own);
  CHECK_FALSE(devices()[0].online);
  CHECK(devices()[1].online);
  CHECK(revoke("default").error().code == Code::kBadRequest);
  CHECK(revoke("tablet").error().code == Code::kNotFound);
  REQUIRE(revoke("phone").ok());
  CHECK(rig.bus.all<SessionsEnded>().at(0).device == phone.device);
  CHECK(rig.resume(phone.token).error().code == Code::kBadToken);
  CHECK(devices().size() == 1);
}
