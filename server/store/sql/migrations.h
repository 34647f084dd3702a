// The versions of the schema, and how a database gets from one to the next.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/result.h"
#include "server/store/sql/driver/driver.h"

namespace mpim {

// One file of sql/sqlite or sql/mysql, compiled into the program.
struct Migration {
  uint32_t version;       // 1, 2, 3, ... without gaps
  std::string_view name;  // "0001_init"
  std::string_view script;
};

// Ascending by version, and the same versions in both.
std::span<const Migration> sqlite_migrations();
std::span<const Migration> mysql_migrations();

struct MigrationState {
  uint32_t version;
  std::string name;
  bool applied;
};

struct SchemaStatus {
  uint32_t version = 0;                    // what the database has; 0: it is empty
  uint32_t newest = 0;                     // what this program knows
  std::vector<MigrationState> migrations;  // ascending; also those only the database knows
};

// Reads only. kUnavailable.
Result<SchemaStatus> schema_status(Driver& driver, std::span<const Migration> known);

// Applies what is missing, in order, each in a transaction of its own; answers the names of what it
// applied. kVersion: the database is newer than this program. kUnavailable: that one migration
// failed and left nothing behind; those before it stay. kConflict: a copy into it has not ended, or
// there is a table of that name already.
// At MySQL, where changes of tables cannot be undone, one that failed or broke off stays where it
// is, nobody may use the database, and the next call goes on from there.
Result<std::vector<std::string>> migrate(Driver& driver, std::span<const Migration> known);

// kVersion unless the database has exactly the newest version; kConflict as migrate().
Result<void> require_newest(Driver& driver, std::span<const Migration> known);

}  // namespace mpim
