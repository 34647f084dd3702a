#include "server/store/sql/open.h"

#include "server/store/sql/driver/mysql_driver.h"
#include "server/store/sql/driver/sqlite_driver.h"
#include "server/store/sql/migrations.h"
#include "server/store/sql/sql_store.h"

namespace mpim {
namespace {

MysqlOptions mysql_options(const StoreOptions& options) {
  MysqlOptions how{.read_only = options.read_only};
  if (options.answer_timeout == Millis(0)) return how;
  how.answer_timeout = options.answer_timeout;
  // A tool that waits for hours for an answer may take its time between two, too.
  how.idle_in_transaction_max = std::max(how.idle_in_transaction_max, how.answer_timeout / 2);
  return how;
}

constexpr Sql kSetEpoch = "UPDATE store_identity SET epoch = ? WHERE id = 1";

Result<std::unique_ptr<Store>> with_schema(std::unique_ptr<Driver> driver,
                                           std::span<const Migration> known,
                                           const StoreOptions& options) {
  if (options.migrate && !options.read_only) {
    MPIM_TRY(const std::vector<std::string> applied, migrate(*driver, known));
    const bool made = applied.size() == known.size();
    if (made && !options.new_epoch.empty()) MPIM_CHECKED(driver->run(kSetEpoch, options.new_epoch));
  } else {
    MPIM_CHECKED(require_newest(*driver, known));
  }
  return make_sql_store(std::move(driver), options);
}

}  // namespace

Result<std::unique_ptr<Driver>> open_sqlite_driver(const std::string& path,
                                                   const StoreOptions& options) {
  MPIM_TRY(std::unique_ptr<Driver> driver,
           SqliteDriver::open(path, options.read_only, options.faults));
  return driver;
}

Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path,
                                                 const StoreOptions& options) {
  MPIM_TRY(std::unique_ptr<Driver> driver, open_sqlite_driver(path, options));
  return with_schema(std::move(driver), sqlite_migrations(), options);
}

Result<std::unique_ptr<Store>> open_mysql_store(const MysqlAddress& address,
                                                const StoreOptions& options) {
  MPIM_TRY(std::unique_ptr<Driver> driver, MysqlDriver::open(address, mysql_options(options)));
  return with_schema(std::move(driver), mysql_migrations(), options);
}

Result<std::unique_ptr<Store>> open_store(const StorePlace& place, const StoreOptions& options) {
  if (place.server) return open_mysql_store(*place.server, options);
  return open_sqlite_store(place.path, options);
}

Result<std::unique_ptr<Driver>> open_driver(const StorePlace& place, const StoreOptions& options) {
  if (!place.server) return open_sqlite_driver(place.path, options);
  MPIM_TRY(std::unique_ptr<Driver> driver,
           MysqlDriver::open(*place.server, mysql_options(options)));
  return driver;
}

Result<std::unique_ptr<Store>> make_sql_store(std::unique_ptr<Driver> driver,
                                              const StoreOptions& options) {
  auto store = std::make_unique<SqlStore>(std::move(driver), options.read_only, options.tail,
                                          options.limits, options.shared_limits);
  MPIM_CHECKED(store->start());
  return std::unique_ptr<Store>(std::move(store));
}

std::shared_ptr<LogTail> make_log_tail() { return std::make_shared<LogTail>(); }

Result<StorePlace> store_place(const std::string& url, const std::string& data_dir) {
  if (url.empty()) return StorePlace(sqlite_path(data_dir));
  MPIM_TRY(MysqlAddress address, mysql_address(url));
  return StorePlace(std::move(address));
}

std::string sqlite_path(const std::string& data_dir) { return data_dir + "/mpim.db"; }

}  // namespace mpim
