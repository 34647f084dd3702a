#include "server/store/sql/partitions/month_keeper.h"

#include <chrono>
#include <utility>

#include "server/store/sql/open.h"
#include "server/store/sql/partitions/month_parts.h"
#include "server/telemetry/log.h"

namespace mpim {

MonthKeeper::MonthKeeper(MonthKeeperOptions options)
    : options_(std::move(options)),
      history_age_(options_.history_age),
      thread_([this] { run(); }) {}

void MonthKeeper::follow(Millis history_age) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(history_age_, history_age) == history_age) return;
    changed_ = true;
  }
  wake_.notify_all();
}

void MonthKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void MonthKeeper::run() {
  while (true) {
    const Result<void> done = turn();
    const bool told = done.ok() || done.error().code == Code::kDraining ||
                      done.error().code == Code::kConflict;  // another node is at it
    if (!told) log_warn("months.failed", {{"why", done.error().message}});
    if (!pause(done.ok() ? options_.every : options_.again)) return;
  }
}

Result<void> MonthKeeper::turn() {
  MPIM_TRY(const std::unique_ptr<Driver> driver,
           open_driver(options_.database, {.migrate = false}));
  const Timestamp now{
      std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch())
          .count()};
  MPIM_TRY(const auto made, add_month_parts(*driver, now));
  for (const std::string& name : made) log_info("months.made", {{"part", name}});
  Millis age{};
  {
    const std::lock_guard lock(mutex_);
    age = history_age_;
    changed_ = false;
  }
  if (age == Millis(0)) return {};
  MPIM_TRY(const auto dropped,
           drop_parts_older_than(*driver, now - age, [this, age] { return goes_on(age); }));
  for (const std::string& name : dropped) log_info("months.dropped", {{"part", name}});
  return {};
}

bool MonthKeeper::goes_on(Millis age) {
  const std::lock_guard lock(mutex_);
  return !stopping_ && history_age_ == age;
}

// False when it is time to end.
bool MonthKeeper::pause(Millis how_long) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, how_long, [this] { return stopping_ || changed_; });
  return !stopping_;
}

}  // namespace mpim
