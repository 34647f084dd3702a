#include "server/service/fanout.h"

#include <catch2/catch.hpp>
#include <map>

#include "tests/service/service_rig.h"

using namespace mpim;

namespace {

// Answers at once for whom it knows, and for others when it is told to.
class SlowDirectory final : public Directory {
 public:
  void bind(UserId, Timestamp) override {}
  void unbind(UserId) override {}
  void nodes_of(const Audience& audience, Executor&, NodesFound found) override {
    ask(audience.one, std::move(found));
  }
  void nodes_of(UserId user, Executor&, NodesFound found) override { ask(user, std::move(found)); }
  std::vector<Route> routes(UserId, uint32_t) const override { return {}; }
  std::optional<Route> route(UserId) const override { return std::nullopt; }

  void answer(UserId user) {
    auto waiting = std::move(asked[user]);
    asked.erase(user);
    for (NodesFound& found : waiting) found(std::span(&node, 1));
  }

  std::map<UserId, std::vector<NodesFound>> asked;
  const NodeId node{"test"};

 private:
  void ask(UserId user, NodesFound found) {
    if (user == UserId(1'001)) return found(std::span(&node, 1));  // known
    asked[user].push_back(std::move(found));
  }
};

Result<Appended> entry(UserId to, uint64_t seq) {
  Entry made;
  made.conversation = ConversationId(to.value);
  made.seq = Seq(seq);
  Appended appended{};
  appended.entry = std::make_shared<const Entry>(made);
  appended.audience.conversation = made.conversation;
  appended.audience.one = to;
  return appended;
}

struct Rig {
  testing::ManualLoop loop;
  SlowDirectory directory;
  testing::RecordingBus bus;
  Fanout fanout{loop, directory, bus};

  std::vector<uint64_t> published() const {
    std::vector<uint64_t> seqs;
    for (const EntryCommitted& each : bus.all<EntryCommitted>())
      seqs.push_back(each.entry->seq.value);
    return seqs;
  }
};

constexpr UserId kKnown(1'001);
constexpr UserId kBob(1'002);
constexpr UserId kEve(1'003);

}  // namespace

TEST_CASE("what is known at once waits for what was handed in before it", "[service][M1]") {
  Rig rig;
  rig.fanout.committed(*entry(kBob, 1));
  rig.fanout.committed(*entry(kKnown, 2));
  rig.fanout.committed(*entry(kEve, 3));
  rig.fanout.committed(*entry(kKnown, 4));
  CHECK(rig.published().empty());
  rig.directory.answer(kEve);
  CHECK(rig.published().empty());
  rig.directory.answer(kBob);
  CHECK(rig.published() == std::vector<uint64_t>{1, 2, 3, 4});
  rig.fanout.committed(*entry(kKnown, 5));
  CHECK(rig.published().size() == 5);
}

TEST_CASE("entries of one batch keep their order however they are answered", "[service][M1]") {
  Rig rig;
  const std::vector<Result<Appended>> batch{entry(kEve, 1), entry(kKnown, 2),
                                            Error{Code::kDenied, "no"}, entry(kBob, 3)};
  rig.fanout.committed(batch);
  rig.directory.answer(kBob);
  CHECK(rig.published().empty());
  rig.directory.answer(kEve);
  CHECK(rig.published() == std::vector<uint64_t>{1, 2, 3});
}

TEST_CASE("an answer that comes when nobody waits any more is of no harm", "[service][G50]") {
  SlowDirectory directory;
  testing::RecordingBus bus;
  testing::ManualLoop loop;
  {
    Fanout fanout(loop, directory, bus);
    fanout.committed(*entry(kBob, 1));
  }
  directory.answer(kBob);
  CHECK(bus.envelopes.empty());
}
