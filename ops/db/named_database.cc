#include "ops/db/named_database.h"

#include <unistd.h>

#include <filesystem>

#include "server/store/sql/copy/settled_log.h"
#include "server/store/sql/copy/target_schema.h"
#include "server/store/sql/copy/unfinished.h"
#include "server/store/sql/migrations.h"
#include "server/store/sql/open.h"

namespace mpim::ops {
namespace {

constexpr std::string_view kFile = "sqlite:";
constexpr std::string_view kServer = "mysql://";
// Waited for: the server notices only between two statements that a program was killed.
constexpr std::string_view kOneFills =
    "SELECT COALESCE(GET_LOCK(CONCAT('mpim.copy.', DATABASE()), 20), 0)";
constexpr std::chrono::hours kAnswerTimeout{4};

// Nodes open a file of this name alone; a backup is called something else, and nobody else has it.
Result<std::optional<DataDirLock>> lock_of(Call& call, const StorePlace& place) {
  const std::filesystem::path path(place.path);
  const std::string directory = path.has_parent_path() ? path.parent_path().string() : ".";
  if (path.filename() != std::filesystem::path(sqlite_path(directory)).filename())
    return std::optional<DataDirLock>();
  auto lock = DataDirLock::take(directory);
  if (!lock) return call.failing(lock.error(), "`mpimctl dev down` stops a local node");
  return std::optional<DataDirLock>(std::move(*lock));
}

StoreOptions options_for(bool read_only) {
  StoreOptions options;
  options.read_only = read_only;
  options.migrate = false;
  options.answer_timeout = kAnswerTimeout;
  return options;
}

Result<void> fill_alone(Driver& driver) {
  MPIM_TRY(const std::vector<std::string> got, driver.ask_once(kOneFills));
  if (!got.empty() && got.front() == "1") return {};
  return Error{Code::kConflict, "another program copies into this database: wait for it"};
}

}  // namespace

Result<StorePlace> place_named(Call& call, const std::string& name, const std::string& password) {
  if (name.starts_with(kServer)) {
    MPIM_TRY(MysqlAddress address, mysql_address(name));
    if (address.password.empty()) address.password = password;
    return StorePlace(std::move(address));
  }
  const std::string path = name.starts_with(kFile) ? name.substr(kFile.size()) : std::string();
  if (path.empty())
    return call.usage("'" + name.substr(0, name.find("://")) +
                      "' names no database: sqlite:PATH and mysql://... do");
  std::error_code ignored;
  return StorePlace(std::filesystem::is_directory(path, ignored) ? sqlite_path(path) : path);
}

Result<Database> open_to_look(Call& call, const StorePlace& place) {
  Database seen{place, std::nullopt, nullptr};
  if (place.is_file()) {
    if (!std::filesystem::exists(place.path))
      return Error{Code::kNotFound, "there is no database at " + place.path};
    MPIM_TRY(seen.lock, lock_of(call, place));
  }
  MPIM_TRY(seen.driver, open_driver(place, options_for(true)));
  if (!seen.driver->has_table(kCopyProgress))
    MPIM_CHECKED(require_newest(*seen.driver, place.migrations()));
  return seen;
}

Result<Database> open_source(Call& call, const StorePlace& place, bool settled) {
  MPIM_TRY(Database source, open_to_look(call, place));
  MPIM_CHECKED(require_newest(*source.driver, place.migrations()));
  if (place.is_file() && settled) MPIM_CHECKED(settle_log(place.path));
  return source;
}

Error as_damaged(Error error) {
  if (error.code != Code::kUnavailable) return error;
  return {Code::kBadRequest,
          "the backup is damaged: " + error.message.substr(0, error.message.rfind(';'))};
}

Result<Database> open_backup(Call& call, const std::string& file) {
  auto backup = open_source(call, StorePlace(file), false);
  if (backup.ok() || ::access(file.c_str(), R_OK) != 0) return backup;
  return as_damaged(backup.error());
}

Result<Database> open_target(Call& call, const StorePlace& place) {
  Database target{place, std::nullopt, nullptr};
  if (place.is_file()) {
    const std::filesystem::path directory = std::filesystem::path(place.path).parent_path();
    std::error_code failed;
    if (!directory.empty()) std::filesystem::create_directories(directory, failed);
    MPIM_TRY(target.lock, lock_of(call, place));
  }
  MPIM_TRY(target.driver, open_driver(place, options_for(false)));
  if (!place.is_file()) MPIM_CHECKED(fill_alone(*target.driver));
  // A part of a copy was given its schema when that began.
  if (!target.driver->has_table(kCopyProgress))
    MPIM_CHECKED(make_target_schema(*target.driver, place.migrations()));
  return target;
}

Result<bool> is_missing(const StorePlace& place) {
  if (place.is_file() && !std::filesystem::exists(place.path)) return true;
  MPIM_TRY(const auto driver, open_driver(place, options_for(true)));
  return !driver->has_table("schema_version");
}

}  // namespace mpim::ops
