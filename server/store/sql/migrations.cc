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

// A statement that changes a table of MySQL commits by itself: how far a migration came is noted,
// and one that broke off goes on from there. `under_way`: the statement may have been run.
constexpr std::string_view kMakeSteps =
    "CREATE TABLE IF NOT EXISTS migration_steps (version INTEGER NOT NULL PRIMARY KEY,"
    " done INTEGER NOT NULL, under_way INTEGER NOT NULL)";
constexpr std::string_view kDropSteps = "DROP TABLE IF EXISTS migration_steps";
constexpr Sql kStep = "SELECT done, under_way FROM migration_steps WHERE version = ?";
constexpr Sql kNote = "REPLACE INTO migration_steps (version, done, under_way) VALUES (?, ?, ?)";

struct Step {
  uint32_t done = 0;  // statements
  bool under_way = false;
};

Result<Step> step_of(Driver& driver, uint32_t version) {
  MPIM_TRY(Rows rows, driver.ask(kStep, version));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Step{};
  return Step{static_cast<uint32_t>(rows.number(0)), rows.number(1) != 0};
}

// In our own files a statement ends where a line ends with a semicolon.
std::vector<std::string_view> statements_of(std::string_view script) {
  constexpr std::string_view kEnd = ";\n";
  std::vector<std::string_view> statements;
  while (true) {
    const size_t end = script.find(kEnd);
    if (end == std::string_view::npos) return statements;
    statements.push_back(script.substr(0, end));
    script.remove_prefix(end + kEnd.size());
  }
}

Result<void> run_step(Driver& driver, uint32_t version, std::string_view statement, Step at) {
  const bool again = std::exchange(at.under_way, true);
  MPIM_CHECKED(driver.run(kNote, version, at.done, at.under_way));
  MPIM_CHECKED(driver.begin());
  Result<void> ran = driver.run_script(statement);
  const bool there = again && !ran.ok() && ran.error().code == Code::kConflict;
  if (there) {  // it had been run before it broke off
    driver.rollback();
    MPIM_CHECKED(driver.begin());
    ran = {};
  }
  if (!ran.ok()) {
    driver.rollback();
    const bool answered = ran.error().code != Code::kBusy;
    if (answered) MPIM_CHECKED(driver.run(kNote, version, at.done, again));
    return ran;
  }
  MPIM_CHECKED(driver.run(kNote, version, at.done + 1, false));
  return driver.commit();
}

Result<void> apply_in_steps(Driver& driver, const Migration& migration) {
  MPIM_CHECKED(driver.run_script(kMakeSteps));
  const std::vector<std::string_view> statements = statements_of(migration.script);
  while (true) {
    MPIM_TRY(const Step at, step_of(driver, migration.version));
    if (at.done >= statements.size()) break;
    const Result<void> ran = run_step(driver, migration.version, statements[at.done], at);
    if (!ran.ok())
      return Error{ran.error().code, "migration " + std::string(migration.name) + ", statement " +
                                         std::to_string(at.done + 1) + ": " + ran.error().message};
  }
  MPIM_CHECKED(driver.run(kRecord, migration.version, migration.name));
  return driver.run_script(kDropSteps);
}

Result<void> apply(Driver& driver, const Migration& migration) {
  if (driver.dialect().many_writers) return apply_in_steps(driver, migration);
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
