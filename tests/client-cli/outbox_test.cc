#include <catch2/catch.hpp>

#include "client-cli/link/outbox.h"

namespace mpim::chat {
namespace {

const Destination kBob = UserNamed{"bob"};
const Destination kTea = GroupId(1001);

}  // namespace

TEST_CASE("messages to one destination go one after another", "[client-cli]") {
  Outbox outbox("c", 10);
  const std::string first = *outbox.add(kBob, "1", {});
  const std::string second = *outbox.add(kBob, "2", {});
  const std::string other = *outbox.add(kTea, "3", {});
  CHECK(outbox.take()->client_id == first);
  CHECK(outbox.take()->client_id == other);
  CHECK(outbox.take() == nullptr);
  CHECK(outbox.settle(first)->text == "1");
  CHECK(outbox.take()->client_id == second);
}

TEST_CASE("what was under way goes again under the same client id", "[client-cli][M48]") {
  Outbox outbox("c", 10);
  const std::string first = *outbox.add(kBob, "1", {});
  outbox.add(kBob, "2", {}).value();
  outbox.take();
  outbox.put_back_all();
  CHECK(outbox.take()->client_id == first);
  CHECK(outbox.take() == nullptr);

  SECTION("a refusal counts, and the order stays") {
    CHECK(outbox.put_back(first) == 1);
    CHECK(outbox.take()->client_id == first);
    CHECK(outbox.put_back(first) == 2);
  }
}

TEST_CASE("an outcome is told once", "[client-cli]") {
  Outbox outbox("c", 10);
  const std::string id = *outbox.add(kBob, "1", {});
  outbox.take();
  CHECK(outbox.settle(id).has_value());
  CHECK_FALSE(outbox.settle(id).has_value());
  CHECK(outbox.empty());
}

TEST_CASE("the outbox is bounded", "[client-cli]") {
  Outbox outbox("c", 2);
  CHECK(outbox.add(kBob, "1", {}).ok());
  CHECK(outbox.add(kBob, "2", {}).ok());
  const auto refused = outbox.add(kBob, "3", {});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Code::kBusy);
}

TEST_CASE("a send is one line whatever is in its text", "[client-cli]") {
  const Outgoing message{kBob, "a \"b\"\nc cid=x", "c-1", {}};
  CHECK(request_line(message) == "SEND @bob \"a \\\"b\\\"\\nc cid=x\" cid=c-1");
  CHECK(request_line({kTea, "hi", "c-2", {}}) == "SENDGROUP 1001 \"hi\" cid=c-2");
  CHECK(request_line({UserId(1002), "hi", "c-3", {}}) == "SEND 1002 \"hi\" cid=c-3");
}

}  // namespace mpim::chat
