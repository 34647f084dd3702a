#include "server/store/sql/open.h"

#include "server/store/sql/driver/sqlite_driver.h"
#include "server/store/sql/migrations.h"
#include "server/store/sql/sql_store.h"

namespace mpim {
namespace {

constexpr Sql kSetEpoch = "UPDATE store_identity SET epoch = ? WHERE id = 1";

}  // namespace

Result<std::unique_ptr<Driver>> open_sqlite_driver(const std::string& path,
                                                   const SqliteOptions& options) {
  MPIM_TRY(std::unique_ptr<Driver> driver,
           SqliteDriver::open(path, options.read_only, options.faults));
  return driver;
}

Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path,
                                                 const SqliteOptions& options) {
  MPIM_TRY(std::unique_ptr<Driver> driver, open_sqlite_driver(path, options));
  if (options.migrate && !options.read_only) {
    MPIM_TRY(const std::vector<std::string> applied, migrate(*driver, sqlite_migrations()));
    const bool made = applied.size() == sqlite_migrations().size();
    if (made && !options.new_epoch.empty()) MPIM_CHECKED(driver->run(kSetEpoch, options.new_epoch));
  } else {
    MPIM_CHECKED(require_newest(*driver, sqlite_migrations()));
  }
  return make_sql_store(std::move(driver), options);
}

Result<std::unique_ptr<Store>> make_sql_store(std::unique_ptr<Driver> driver,
                                              const SqliteOptions& options) {
  auto store = std::make_unique<SqlStore>(std::move(driver), options.read_only, options.tail,
                                          options.limits);
  MPIM_CHECKED(store->start());
  return std::unique_ptr<Store>(std::move(store));
}

std::shared_ptr<LogTail> make_log_tail() { return std::make_shared<LogTail>(); }

std::string sqlite_path(const std::string& data_dir) { return data_dir + "/mpim.db"; }

}  // namespace mpim
