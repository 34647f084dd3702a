#include "server/store/sql/size/database_size.h"

#include <charconv>
#include <utility>

#include "server/store/sql/open.h"

namespace mpim {
namespace {

// MySQL would tell what it knew a day ago.
constexpr std::string_view kNow =
    "SET @now = 1 /*!80000 , SESSION information_schema_stats_expiry = 0 */";
constexpr std::string_view kBytes =
    "SELECT COALESCE(SUM(data_length + index_length), 0) FROM information_schema.tables"
    " WHERE table_schema = DATABASE()";

}  // namespace

DatabaseSize::DatabaseSize(StorePlace database, Millis every)
    : database_(std::move(database)), every_(every), thread_([this] { run(); }) {}

DatabaseSize::~DatabaseSize() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void DatabaseSize::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    if (const Result<uint64_t> heard = ask(); heard.ok()) bytes_ = *heard;
    lock.lock();
    wake_.wait_for(lock, every_, [this] { return stopping_; });
  }
}

Result<uint64_t> DatabaseSize::ask() const {
  MPIM_TRY(const std::unique_ptr<Driver> driver,
           open_driver(database_, {.read_only = true, .migrate = false}));
  MPIM_CHECKED(driver->run_script(kNow));
  MPIM_TRY(const std::vector<std::string> rows, driver->ask_once(kBytes));
  uint64_t bytes = 0;
  if (!rows.empty()) std::from_chars(rows[0].data(), rows[0].data() + rows[0].size(), bytes);
  return bytes;
}

}  // namespace mpim
