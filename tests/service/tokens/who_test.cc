#include "tests/service/service_rig.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

Result<Caller> who(ServiceRig& rig, const std::string& token) {
  return rig.ask<Caller>([&](auto reply) { rig.users.who(token, std::move(reply)); });
}

}  // namespace

TEST_CASE("a resume token tells whose device holds it, until it is revoked", "[service][G19]") {
  ServiceRig rig;
  const LoggedIn bob = *rig.enroll("bob");
  const Result<Caller> found = who(rig, bob.token);
  REQUIRE(found.ok());
  CHECK(found->user == bob.user);
  CHECK(found->device == bob.device);

  rig.prepare([&](Store& store) { return store.accounts().set_disabled(bob.user, true); });
  CHECK(who(rig, bob.token).error().code == Code::kDisabled);
  rig.prepare([&](Store& store) { return store.accounts().set_disabled(bob.user, false); });
  rig.prepare([&](Store& store) { return store.accounts().revoke_token(bob.device); });
  CHECK(who(rig, bob.token).error().code == Code::kBadToken);
}

TEST_CASE("what is no token at all costs no question", "[service][G19]") {
  ServiceRig rig;
  REQUIRE(rig.enroll("bob").ok());
  for (const std::string& token : {std::string(), std::string(42, 'a'), std::string(44, 'a'),
                                   std::string(100'000, 'a'), std::string(43, '!')})
    CHECK(who(rig, token).error().code == Code::kBadToken);
}
