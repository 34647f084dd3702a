#include "server/store/sql/migrations.h"

#include <map>

#include "server/store/sql/copy/unfinished.h"
#include "server/store/sql/driver/snapshot.h"

namespace mpim {
namespace {

// The same words in every dialect.
constexpr char kMakeTable[] =
    "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY,"
    " name VARCHAR(128) NOT NULL, applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)";
constexpr Sql kApplied = "SELECT version, name FROM schema_version ORDER BY version";
constexpr Sql kRecord = "INSERT INTO schema_version (version, name) VALUES (?, ?)";

using Applied = std::map<uint32_t, std::string>;

Result<Applied> applied_to(Driver& driver) {
  Applied applied;
  // A database without the table is an empty one, and asking must not write.
  if (!driver.has_table("schema_version")) return applied;
  MPIM_TRY(Rows rows, driver.ask(kApplied));
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return applied;
    applied[static_cast<uint32_t>(rows.number(0))] = rows.text(1);
  }
}

Result<void> refuse_newer(const Applied& applied, std::span<const Migration> known) {
  const uint32_t newest = known.empty() ? 0 : known.back().version;
  const uint32_t have = applied.empty() ? 0 : applied.rbegin()->first;
  if (have <= newest) return {};
  return Error{Code::kVersion, "the database has schema " + std::to_string(have) +
                                   ", this program knows only up to " + std::to_string(newest) +
                                   ": use a newer mpim"};
}

Result<void> apply(Driver& driver, const Migration& migration) {
  MPIM_CHECKED(driver.begin());
  Result<void> ran = driver.run_script(migration.script);
  if (ran.ok()) {
    if (const auto noted = driver.run(kRecord, migration.version, migration.name); !noted.ok()) {
      ran = noted.error();
    }
  }
  if (ran.ok()) return driver.commit();
  driver.rollback();
  return Error{ran.error().code,
               "migration " + std::string(migration.name) + ": " + ran.error().message};
}

}  // namespace

Result<SchemaStatus> schema_status(Driver& driver, std::span<const Migration> known) {
  MPIM_TRY(Applied applied, applied_to(driver));
  SchemaStatus status;
  status.newest = known.empty() ? 0 : known.back().version;
  status.version = applied.empty() ? 0 : applied.rbegin()->first;
  for (const Migration& each : known) {
    const bool there = applied.erase(each.version) > 0;
    status.migrations.push_back({each.version, std::string(each.name), there});
  }
  for (auto& [version, name] : applied) status.migrations.push_back({version, name, true});
  return status;
}

namespace {

// One at a time; its end comes with the connection's at the latest.
constexpr std::string_view kOneMigrates =
    "SELECT COALESCE(GET_LOCK(CONCAT('mpim.migrate.', DATABASE()), 30), 0)";
constexpr std::string_view kOthersMay = "SELECT RELEASE_LOCK(CONCAT('mpim.migrate.', DATABASE()))";

Result<std::vector<std::string>> migrate_alone(Driver& driver, std::span<const Migration> known) {
  MPIM_TRY(const Applied before, applied_to(driver));
  MPIM_CHECKED(refuse_newer(before, known));
  MPIM_CHECKED(refuse_unfinished_copy(driver));
  if (before.empty()) MPIM_CHECKED(driver.run_script(kMakeTable));
  std::vector<std::string> names;
  for (const Migration& each : known) {
    if (before.contains(each.version)) continue;
    MPIM_CHECKED(apply(driver, each));
    names.emplace_back(each.name);
  }
  return names;
}

}  // namespace

Result<std::vector<std::string>> migrate(Driver& driver, std::span<const Migration> known) {
  if (!driver.dialect().many_writers) return migrate_alone(driver, known);
  MPIM_TRY(const std::vector<std::string> got, driver.ask_once(kOneMigrates));
  if (got.empty() || got.front() != "1")
    return Error{Code::kConflict, "another program changes this database's schema: wait for it"};
  Result<std::vector<std::string>> names = migrate_alone(driver, known);
  static_cast<void>(driver.ask_once(kOthersMay));
  return names;
}

Result<void> require_newest(Driver& driver, std::span<const Migration> known) {
  MPIM_TRY(const Applied applied, applied_to(driver));
  MPIM_CHECKED(refuse_newer(applied, known));
  MPIM_CHECKED(refuse_unfinished_copy(driver));
  if (applied.size() == known.size()) return {};
  return Error{Code::kVersion, "the database has schema " + std::to_string(applied.size()) +
                                   ", this program needs " + std::to_string(known.size()) +
                                   ": run mpimctl db migrate"};
}

}  // namespace mpim
