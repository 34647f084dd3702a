#include "ops/db/database.h"

#include <filesystem>

#include "server/store/sql/open.h"

namespace mpim::ops {

Result<Database> open_database(Call& call, bool read_only) {
  MPIM_TRY(const Settings settings, call.settings());
  const std::string path = sqlite_path(data_dir(settings));
  // Looked for first: taking the lock would make the directory.
  if (!std::filesystem::exists(path))
    return call.failing({Code::kNotFound, "there is no database at " + path},
                        "--data-dir DIR names another place; mpimd makes one when it starts");
  auto lock = DataDirLock::take(data_dir(settings));
  if (!lock) return call.failing(lock.error(), "`mpimctl dev down` stops a local node");
  StoreOptions options;
  options.read_only = read_only;
  options.migrate = false;
  MPIM_TRY(auto driver, open_sqlite_driver(path, options));
  return Database{std::move(*lock), path, std::move(driver)};
}

Result<SchemaStatus> schema_of_stopped(Call& call) {
  MPIM_TRY(const Database database, open_database(call, true));
  return schema_status(*database.driver, sqlite_migrations());
}

uint32_t newest_schema() { return sqlite_migrations().back().version; }

}  // namespace mpim::ops
