#include "server/service/retention/retention_job.h"

#include <algorithm>

#include "server/telemetry/metrics.h"
#include "tests/service/service_rig.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

constexpr Millis kDay = std::chrono::hours(24);

// Ann writes to Bob once a day.
struct Days {
  explicit Days(RetentionOptions given) : options(given) {
    for (int day = 0; day < 5; ++day) {
      last = *rig.send(ann, bob.user, "day " + std::to_string(day));
      rig.loop.advance(kDay);
    }
  }
  uint64_t waiting() {
    const auto rows = rig.storage.store().cursors().offline({bob.user, {}, {}}, std::nullopt, 9);
    return rows->empty() ? 0 : rows->at(0).pending;
  }

  ServiceRig rig;
  RetentionOptions options;
  LoggedIn ann = *rig.enroll("ann");
  LoggedIn bob = *rig.enroll("bob");
  Committed last;
  RetentionJob job{rig.loop, rig.storage, options};
};

}  // namespace

TEST_CASE("the retention job runs by itself, and what is old enough leaves", "[service][M15]") {
  Days days({.inbox_age = 3 * kDay, .interval = kDay, .step_entries = 1});
  REQUIRE(days.waiting() == 5);
  days.job.start();
  days.rig.loop.advance(RetentionJob::kFirstRun - Millis(1));
  CHECK(days.waiting() == 5);
  const uint64_t runs = counted(Counter::kRetentionRuns);
  const uint64_t expired = counted(Counter::kRetentionExpired);
  days.rig.loop.advance(Millis(5'000));
  CHECK(days.waiting() == 2);
  CHECK(counted(Counter::kRetentionRuns) - runs == 1);
  CHECK(counted(Counter::kRetentionExpired) - expired == 3);
  days.rig.loop.advance(kDay);
  CHECK(days.waiting() == 1);
  CHECK(counted(Counter::kRetentionRuns) - runs == 2);
}

TEST_CASE("an interval of 0 leaves the job to operators", "[service][M15]") {
  Days days({.inbox_age = kDay, .interval = Millis(0)});
  days.job.start();
  days.rig.loop.advance(9 * kDay);
  CHECK(days.waiting() == 5);
  const auto plan =
      days.rig.ask<RetentionPlan>([&](auto reply) { days.job.plan(std::move(reply)); });
  CHECK(plan->expire == 5);
  CHECK(days.waiting() == 5);
  std::optional<RetentionRun> run;
  std::optional<RetentionRun> joined;
  days.job.run(Reply<RetentionRun>(days.rig.loop, [&](auto done) { run = done.value(); }));
  days.job.run(Reply<RetentionRun>(days.rig.loop, [&](auto done) { joined = done.value(); }));
  days.rig.loop.run();
  days.rig.loop.advance(Millis(1'000));
  REQUIRE(run.has_value());
  REQUIRE(joined.has_value());
  CHECK(run->expired == plan->expire);
  CHECK(joined->expired == plan->expire);
  CHECK(days.waiting() == 0);
}

TEST_CASE("a run that an operator asks for is noted, told at once, joined and found",
          "[service][M15]") {
  Days days({.inbox_age = kDay, .interval = Millis(0), .step_entries = 1});
  const auto ask = [&] {
    return days.rig.ask<RetentionRun>(
        [&](auto reply) { days.job.run_for("uid 0", true, std::move(reply)); });
  };
  CHECK(days.job.find(1).error().code == Code::kNotFound);
  const auto begun = ask();
  CHECK(begun->number == 1);
  CHECK_FALSE(begun->finished);
  CHECK_FALSE(begun->joined);
  const auto joined = ask();
  CHECK(joined->number == 1);
  CHECK(joined->joined);
  CHECK_FALSE(days.job.find(1)->finished);
  days.rig.loop.advance(Millis(5'000));
  CHECK(days.job.find(1)->finished);
  CHECK(days.job.find(1)->expired == 4);  // the fifth is a day old, and not more
  CHECK(days.job.find(2).error().code == Code::kNotFound);
  const auto notes = days.rig.storage.store().audit().newest(9).value();
  CHECK(std::ranges::count(notes, "Prune", &AuditRow::action) == 2);
  days.rig.storage.failing = Error{Code::kUnavailable, "no disk"};
  CHECK(ask().error().code == Code::kUnavailable);
  CHECK(days.job.find(1)->finished);  // nothing was begun
}

TEST_CASE("a store that fails ends a run with its reason, and the next one goes on",
          "[service][M15]") {
  Days days({.inbox_age = kDay, .interval = kDay});
  days.job.start();
  days.rig.storage.failing = Error{Code::kUnavailable, "no disk"};
  const auto failed =
      days.rig.ask<RetentionRun>([&](auto reply) { days.job.run(std::move(reply)); });
  CHECK(failed.error().code == Code::kUnavailable);
  days.rig.storage.failing.reset();
  days.rig.loop.advance(2 * kDay);
  CHECK(days.waiting() == 0);
}
