#include <catch2/catch.hpp>
#include <memory>

#include "server/registry/local_registry.h"
#include "tests/registry/registry_rig.h"
#include "tests/support/redis_process.h"

namespace mpim {
namespace {

using testing::backends_under_test;
using testing::becomes_true;
using testing::kLease;
using testing::open_backend;
using testing::record_of;

using Ids = std::vector<std::string>;

TEST_CASE("a node alone is its whole registry", "[registry][P11]") {
  LocalRegistry registry;
  REQUIRE(registry.nodes().empty());
  REQUIRE(registry.join(record_of("a", 7), [] { return NodeRegistry::Load{3, 4}; }).ok());
  registry.set_state(NodeState::kDraining);
  registry.set_channel(12);
  const auto self = registry.find(NodeId{"a"});
  REQUIRE(self.has_value());
  CHECK(self->state == NodeState::kDraining);
  CHECK(self->channel == 12);
  CHECK(self->connections == 3);
  CHECK(self->sessions == 4);
  CHECK(!registry.find(NodeId{"b"}));
}

TEST_CASE("nodes see one another as each says that it is", "[registry][P11][G46]") {
  const auto server = open_backend(GENERATE(from_range(backends_under_test())));
  const auto a = server->seat();
  const auto b = server->seat();
  REQUIRE(a->join(record_of("a", 11)).ok());
  REQUIRE(b->join(record_of("b", 12)).ok());
  REQUIRE(a->sees() == Ids{"a", "b"});
  const auto seen = a->registry().find(NodeId{"b"});
  REQUIRE(seen.has_value());
  CHECK(seen->run == NodeRun{NodeId{"b"}, 12});
  CHECK(seen->line == "127.0.0.1:912");
  CHECK(seen->ws == "127.0.0.1:2");
  CHECK(seen->http == "127.0.0.1:3");
  CHECK(seen->version == "9.9");
  CHECK(seen->started == Timestamp{1'700'000'000'000});
  CHECK(seen->connections == 3);
  CHECK(seen->sessions == 6);
  CHECK(seen->lease_left > Millis(0));
  CHECK(seen->lease_left <= kLease);
  b->registry().set_state(NodeState::kDraining);
  b->registry().set_channel(12'345);
  CHECK(becomes_true([&] {
    a->sees();
    const auto now = a->registry().find(NodeId{"b"});
    return now && now->state == NodeState::kDraining && now->channel == 12'345;
  }));
  b->registry().leave();
  CHECK(a->sees() == Ids{"a"});
}

TEST_CASE("a lease is renewed while its node lives, and ends with it", "[registry][P11][G46]") {
  const auto server = open_backend(GENERATE(from_range(backends_under_test())));
  const auto a = server->seat();
  const auto b = server->seat();
  REQUIRE(a->join(record_of("a", 1)).ok());
  REQUIRE(b->join(record_of("b", 2)).ok());
  const auto begun = std::chrono::steady_clock::now();
  CHECK(becomes_true([&] {  // for twice its length
    CHECK(a->sees().size() == 2);
    return std::chrono::steady_clock::now() - begun > 2 * kLease;
  }));
  b->die();
  CHECK(becomes_true([&] { return a->sees() == Ids{"a"}; }));
}

TEST_CASE("a second node of one id is refused while the first lives", "[registry][G25]") {
  const auto server = open_backend(GENERATE(from_range(backends_under_test())));
  const auto first = server->seat();
  const auto second = server->seat();
  REQUIRE(first->join(record_of("a", 1)).ok());
  const auto refused = second->join(record_of("a", 2));
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == Code::kConflict);
  CHECK(refused.error().message ==
        "another node named a runs at 127.0.0.1:91: give this one another node.id");
  CHECK(first->registry().standing().held);
}

TEST_CASE("a lease that the registry lost is taken again, and that is told",
          "[registry][G17][G46]") {
  const auto server = open_backend(GENERATE(from_range(backends_under_test())));
  const auto a = server->seat();
  REQUIRE(a->join(record_of("a", 1)).ok());
  REQUIRE(becomes_true([&] { return a->regained == 1; }));
  SECTION("flushed") {
    server->lose();
    CHECK(becomes_true([&] { return a->regained == 2; }));
  }
  SECTION("restarted") {
    server->kill();
    CHECK(becomes_true([&] { return !a->registry().standing().held; }));
    server->start();
    CHECK(becomes_true([&] { return a->regained == 2; }));
    CHECK(becomes_true([&] { return a->registry().standing().held; }));
  }
  CHECK(a->sees() == Ids{"a"});
}

TEST_CASE("a node that joins is soon seen by the others, and one that is gone is not",
          "[registry][G46][O3]") {
  const auto server = open_backend(GENERATE(from_range(backends_under_test())));
  const auto a = server->seat();
  REQUIRE(a->join(record_of("a", 1)).ok());
  const auto b = server->seat();
  REQUIRE(b->join(record_of("b", 2)).ok());
  // Nobody asks the registry here: the others are told.
  const auto knows = [&](size_t count) {
    return becomes_true([&] { return a->registry().nodes().size() == count; });
  };
  CHECK(knows(2));
  CHECK(a->registry().find(NodeId{"b"})->settings == 5);
  b->registry().leave();
  CHECK(knows(1));
}

TEST_CASE("what is known of the others outlasts the registry for a lease, and no longer",
          "[registry][G46][O3]") {
  const auto server = open_backend(GENERATE(from_range(backends_under_test())));
  const auto a = server->seat();
  REQUIRE(a->join(record_of("a", 1)).ok());
  REQUIRE(a->sees() == Ids{"a"});
  server->kill();
  CHECK(a->registry().nodes().size() == 1);
  CHECK(becomes_true([&] { return a->registry().nodes().empty(); }));
  CHECK(becomes_true([&] { return !a->registry().standing().held; }));
  server->start();
  CHECK(becomes_true([&] { return a->registry().nodes().size() == 1; }));
}

TEST_CASE("a node is told what it should be, wherever that was ordered", "[registry][G46]") {
  const auto server = open_backend(GENERATE(from_range(backends_under_test())));
  const auto a = server->seat();
  const auto b = server->seat();
  std::atomic<int> draining{0};
  b->registry().on_ordered([&](NodeState wanted) { draining += wanted == NodeState::kDraining; });
  REQUIRE(a->join(record_of("a", 1)).ok());
  REQUIRE(b->join(record_of("b", 2)).ok());
  const auto order = [&](const std::string& whom) {
    std::promise<Result<void>> answer;
    a->registry().order(NodeId{whom}, NodeState::kDraining,
                        [&](Result<void> done) { answer.set_value(std::move(done)); });
    return answer.get_future().get();
  };
  CHECK(order("b").ok());
  CHECK(becomes_true([&] { return draining == 1; }));
  CHECK(order("nobody").error().code == Code::kNotFound);
  // Taken once, and its record is whole.
  CHECK(a->sees() == Ids{"a", "b"});
  CHECK(becomes_true([&] { return b->registry().standing().held; }));
  CHECK(draining == 1);
}

}  // namespace
}  // namespace mpim
