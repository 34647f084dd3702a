#include "server/store/sql/copy/settled_log.h"

#include "server/store/sql/open.h"

namespace mpim {
namespace {

constexpr Sql kBehind =
    "SELECT COALESCE((SELECT MAX(pos) FROM messages), 0) > (SELECT pos FROM log_index)";

Result<bool> is_behind(const std::string& path) {
  MPIM_TRY(const auto driver, open_sqlite_driver(path, {.read_only = true}));
  MPIM_TRY(Rows rows, driver->ask(kBehind));
  MPIM_TRY(const bool found, rows.next());
  return found && rows.number(0) != 0;
}

}  // namespace

Result<void> settle_log(const std::string& path) {
  MPIM_TRY(const bool behind, is_behind(path));
  if (!behind) return {};
  StoreOptions options;
  options.migrate = false;
  options.limits.index_batch_entries = 1;  // the next commit writes all of it
  MPIM_TRY(const auto store, open_sqlite_store(path, options));
  MPIM_CHECKED(store->begin());
  return store->commit();
}

}  // namespace mpim
