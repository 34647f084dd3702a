// Jobs that wait for the store: for how long, and what becomes of them.
#include "server/store/threads/waiting_jobs.h"

#include "server/telemetry/metrics.h"
#include "tests/store/running_storage.h"

namespace mpim::test {
namespace {

constexpr Millis kWait{200};

Running impatient() {
  StorageOptions options;
  options.wait_max = kWait;
  return Running(options);
}

TEST_CASE("who has waited as long as he may is still served, and a moment later no more",
          "[store][O5]") {
  using Jobs = WaitingJobs<int>;
  const Jobs::Moment now{std::chrono::hours(1)};
  const auto waiting = [&] {
    Jobs jobs;
    for (const int ms : {201, 200, 199}) jobs.push(std::make_unique<int>(ms), now - Millis(ms));
    return jobs;
  };
  Jobs jobs = waiting();
  const auto overdue = jobs.pop_older(now - kWait);
  REQUIRE(overdue.size() == 1);
  CHECK(*overdue.front().job == 201);
  CHECK(jobs.oldest(now) == now - kWait);
  CHECK(waiting().pop_older(now - Millis(201)).empty());
  CHECK(waiting().pop_older(now - Millis(198)).size() == 3);
  CHECK(Jobs().oldest(now) == now);
}

TEST_CASE("a write that waited too long is refused and never done, one that began is finished",
          "[store][O5]") {
  Running node = impatient();
  Gate gate;
  std::optional<Result<bool>> begun;
  node.storage->write<bool>(
      ConversationId(),
      [&gate](Store&) -> Result<bool> {
        gate.wait();
        return true;
      },
      Reply<bool>(node.inbox, [&](Result<bool> done) { begun.emplace(std::move(done)); }));
  gate.wait_until_entered();
  const uint64_t overdue = counted(Counter::kStoreOverdue);
  const auto start = std::chrono::steady_clock::now();
  std::vector<Result<Appended>> answers;
  for (int i = 0; i < 3; ++i) node.send(node.alice, "c" + std::to_string(i), answers);
  CHECK(node.storage->waiting() == 3);
  node.inbox.run_until([&] { return answers.size() == 3; });
  const auto waited = std::chrono::steady_clock::now() - start;
  CHECK(waited >= kWait);
  for (const auto& answer : answers) CHECK(answer.error().code == Code::kUnavailable);
  CHECK(counted(Counter::kStoreOverdue) == overdue + 3);
  CHECK(node.storage->waiting() == 0);
  CHECK_FALSE(begun.has_value());  // it has waited for longer than all of them
  gate.open();
  node.inbox.run_until([&] { return begun.has_value(); });
  CHECK(begun->ok());
  CHECK(node.send_and_wait("next").ok());
  CHECK(node.read_all().value().entries.size() == 2);  // the first, and the next
}

TEST_CASE("a write whose turn comes in time is done, however long it takes then", "[store][O5]") {
  Running node = impatient();
  std::vector<Result<Appended>> answers;
  for (int i = 0; i < 200; ++i) node.send(node.alice, "c" + std::to_string(i), answers);
  node.inbox.run_until([&] { return answers.size() == 200; });
  for (const auto& answer : answers) REQUIRE(answer.ok());
}

TEST_CASE("a read that waited too long is refused, one that began is answered", "[store][O5]") {
  StorageOptions options;
  options.wait_max = kWait;
  options.readers = 1;
  Running node(options);
  Gate gate;
  std::optional<Result<bool>> begun;
  node.storage->read<bool>(
      [&gate](Store&) -> Result<bool> {
        gate.wait();
        return true;
      },
      Reply<bool>(node.inbox, [&](Result<bool> done) { begun.emplace(std::move(done)); }));
  gate.wait_until_entered();
  CHECK(node.read_all().error().code == Code::kUnavailable);
  CHECK_FALSE(begun.has_value());
  gate.open();
  node.inbox.run_until([&] { return begun.has_value(); });
  CHECK(begun->ok());
  CHECK(node.read_all().ok());
}

}  // namespace
}  // namespace mpim::test
