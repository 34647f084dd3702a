#include "ops/db/database.h"

#include <filesystem>

#include "server/store/sql/open.h"

namespace mpim::ops {
namespace {

// Of a question that reads all of a large database.
constexpr std::chrono::hours kAnswerTimeout{4};

}  // namespace

Result<Database> open_database(Call& call, bool read_only) {
  MPIM_TRY(const Settings settings, call.settings());
  MPIM_TRY(StorePlace place, store_place(settings.store.url, data_dir(settings)));
  StoreOptions options;
  options.read_only = read_only;
  options.migrate = false;
  options.answer_timeout = kAnswerTimeout;
  if (!place.is_file()) {
    auto driver = open_driver(place, options);
    if (!driver.ok()) return call.failing(driver.error(), "store.url names the database");
    return Database{std::move(place), std::nullopt, std::move(*driver)};
  }
  const std::string& path = place.path;
  // Looked for first: taking the lock would make the directory.
  if (!std::filesystem::exists(path))
    return call.failing({Code::kNotFound, "there is no database at " + path},
                        "--data-dir DIR names another place; mpimd makes one when it starts");
  auto lock = DataDirLock::take(data_dir(settings));
  if (!lock) return call.failing(lock.error(), "`mpimctl dev down` stops a local node");
  MPIM_TRY(auto driver, open_driver(place, options));
  return Database{std::move(place), std::move(*lock), std::move(driver)};
}

Result<SchemaStatus> schema_of_stopped(Call& call) {
  MPIM_TRY(const Database database, open_database(call, true));
  return schema_status(*database.driver, database.place.migrations());
}

uint32_t newest_schema() { return sqlite_migrations().back().version; }

}  // namespace mpim::ops
