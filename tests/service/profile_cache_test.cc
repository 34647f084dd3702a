#include "server/service/people/profile_cache.h"

#include "server/telemetry/metrics.h"
#include "tests/service/service_rig.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

Profile profile_of(uint64_t user) {
  Profile profile;
  profile.user = UserId(user);
  return profile;
}

}  // namespace

TEST_CASE("a full cache lets go of who was not asked for the longest", "[service][P21]") {
  ProfileCache cache(2);
  cache.put(profile_of(1), cache.ticket());
  cache.put(profile_of(2), cache.ticket());
  REQUIRE(cache.find(UserId(1)).has_value());
  cache.put(profile_of(3), cache.ticket());
  CHECK(cache.find(UserId(1)).has_value());
  CHECK_FALSE(cache.find(UserId(2)).has_value());
  CHECK(cache.find(UserId(3)).has_value());
}

TEST_CASE("what was read before a change is not kept after it", "[service][P21]") {
  ProfileCache cache(2);
  const ProfileCache::Ticket before = cache.ticket();
  cache.forget(UserId(1));
  cache.put(profile_of(1), before);
  CHECK_FALSE(cache.find(UserId(1)).has_value());
  cache.put(profile_of(1), cache.ticket());
  CHECK(cache.find(UserId(1)).has_value());
  cache.forget_all();
  CHECK_FALSE(cache.find(UserId(1)).has_value());
}

TEST_CASE("a cache of none keeps none", "[service][P21]") {
  ProfileCache cache(0);
  cache.put(profile_of(1), cache.ticket());
  CHECK_FALSE(cache.find(UserId(1)).has_value());
}

TEST_CASE("a profile is shown from memory, and right after each change of it",
          "[service][P15][P21]") {
  ServiceRig rig;
  const LoggedIn ann = *rig.enroll("ann");
  const LoggedIn bob = *rig.enroll("bob");
  const auto about_ann = [&](const LoggedIn& asker) {
    const auto shown = rig.ask<Profile>([&](auto reply) {
      rig.people.profile(ServiceRig::caller(asker), UserChoice(ann.user), std::move(reply));
    });
    return shown.ok() ? shown->about : std::string(name_of(shown.error().code));
  };
  const auto hits = [] { return counted(Counter::kCacheProfilesMemory); };
  const auto set = [&](const std::string& about) {
    return rig.ask<Profile>([&](auto reply) {
      rig.people.set_profile(ServiceRig::caller(ann), {{}, about, {}, {}}, std::move(reply));
    });
  };
  REQUIRE(set("first").ok());
  CHECK(about_ann(bob) == "first");
  const uint64_t before = hits();
  CHECK(about_ann(bob) == "first");
  CHECK(hits() - before == 1);
  REQUIRE(set("second").ok());
  CHECK(about_ann(bob) == "second");
  SECTION("by an operator") {
    const auto changed = rig.ask<UserProfile>([&](auto reply) {
      rig.admin.set_profile({"uid 0"}, ann.user, {{}, "third", {}, {}}, std::move(reply));
    });
    REQUIRE(changed.ok());
    CHECK(about_ann(bob) == "third");
  }
  SECTION("and who was removed has none") {
    const auto removed = rig.ask<RemovedUser>(
        [&](auto reply) { rig.admin.remove_user({"uid 0"}, ann.user, false, std::move(reply)); });
    REQUIRE(removed.ok());
    CHECK(about_ann(bob) == "NOT_FOUND");
  }
  SECTION("one's own is never taken from it") {
    const uint64_t now = hits();
    CHECK(about_ann(ann) == "second");
    CHECK(hits() == now);
  }
}
