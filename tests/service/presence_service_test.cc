#include "server/service/presence/presence_service.h"

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
