#include "server/store/sql/partitions/month_keeper.h"

#include <chrono>

#include "server/store/sql/open.h"
#include "server/store/sql/partitions/month_parts.h"
#include "server/telemetry/log.h"

namespace mpim {

MonthKeeper::MonthKeeper(MonthKeeperOptions options)
    : options_(std::move(options)), thread_([this] { run(); }) {}

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
  if (options_.history_age == Millis(0)) return {};
  MPIM_TRY(const auto dropped, drop_parts_older_than(*driver, now - options_.history_age,
                                                     [this] { return goes_on(); }));
  for (const std::string& name : dropped) log_info("months.dropped", {{"part", name}});
  return {};
}

bool MonthKeeper::goes_on() {
  const std::lock_guard lock(mutex_);
  return !stopping_;
}

// False when it is time to end.
bool MonthKeeper::pause(Millis how_long) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, how_long, [this] { return stopping_; });
  return !stopping_;
}

}  // namespace mpim
