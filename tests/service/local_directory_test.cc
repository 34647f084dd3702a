#include <catch2/catch.hpp>
#include <cstdlib>

#include "server/bus/local_bus.h"
#include "server/directory/local_directory.h"
#include "server/telemetry/metrics.h"

using namespace mpim;

namespace {

// This directory answers at once, and needs nobody to answer later.
class Nowhere final : public Executor {
 public:
  void post(Task) override {}
  TimerId after(Millis, Task) override { return {}; }
  void cancel(TimerId) override {}
  const Clock& clock() const override { std::abort(); }
} nowhere;

std::vector<NodeId> found(Directory& directory, UserId user) {
  std::vector<NodeId> nodes;
  directory.nodes_of(user, nowhere,
                     [&](std::span<const NodeId> at) { nodes.assign(at.begin(), at.end()); });
  return nodes;
}
std::vector<NodeId> found(Directory& directory, const Audience& audience) {
  std::vector<NodeId> nodes;
  directory.nodes_of(audience, nowhere,
                     [&](std::span<const NodeId> at) { nodes.assign(at.begin(), at.end()); });
  return nodes;
}

}  // namespace

TEST_CASE("a user is online from the first session to the last", "[directory][G8][P2][P7]") {
  LocalDirectory directory(NodeId{"n1"});
  const UserId bob(1'001);
  CHECK(found(directory, bob).empty());
  directory.bind(bob, Timestamp{5});
  directory.bind(bob, Timestamp{9});
  CHECK(directory.route(bob)->sessions == 2);
  CHECK(directory.route(bob)->since == Timestamp{5});
  directory.unbind(bob);
  CHECK(found(directory, bob) == std::vector{NodeId{"n1"}});
  CHECK(directory.sessions() == 1);
  directory.unbind(bob);
  CHECK(found(directory, bob).empty());
  CHECK_FALSE(directory.route(bob).has_value());
  CHECK(directory.users() == 0);
}

TEST_CASE("a direct talk asks for two users, a group for anybody", "[directory][P4]") {
  LocalDirectory directory(NodeId{"n1"});
  const Audience direct{ConversationId(1), GroupId{}, UserId(1'001), UserId(1'002)};
  const Audience group{ConversationId(2), GroupId(1'001), {}, {}};
  directory.bind(UserId(1'003), {});
  CHECK(found(directory, direct).empty());
  CHECK(found(directory, group).size() == 1);
  directory.bind(UserId(1'002), {});
  CHECK(found(directory, direct).size() == 1);
}

TEST_CASE("routes are listed page by page, ascending", "[directory][P3]") {
  LocalDirectory directory(NodeId{"n1"});
  for (const uint64_t id : {1'005, 1'001, 1'003}) directory.bind(UserId(id), {});
  const auto first = directory.routes(UserId{}, 2);
  REQUIRE(first.size() == 2);
  CHECK(first[0].user == UserId(1'001));
  const auto rest = directory.routes(first[1].user, 2);
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].user == UserId(1'005));
}

TEST_CASE("the local bus hands on what is for this node, and drops and counts the rest", "[bus]") {
  LocalBus bus;
  size_t received = 0;
  bus.subscribe(NodeId{"n1"}, [&](std::span<const EnvelopePtr> told) { received += told.size(); });
  const EnvelopePtr envelope = std::make_shared<const Envelope>(DeviceReplaced{});
  const uint64_t dropped = counted(Counter::kBusDropped);
  bus.publish(NodeId{"n1"}, {&envelope, 1});
  bus.publish(NodeId{"n2"}, {&envelope, 1});
  CHECK(received == 1);
  CHECK(counted(Counter::kBusDropped) == dropped + 1);
}
