// The database of a stopped node. Only this folder opens the store itself.
#pragma once

#include <memory>
#include <string>

#include "ops/call.h"
#include "server/store/sql/data_dir_lock.h"
#include "server/store/sql/driver/driver.h"
#include "server/store/sql/migrations.h"

namespace mpim::ops {

// An open database under the lock of its data directory, so that no node can start meanwhile.
struct Database {
  DataDirLock lock;
  std::string path;
  std::unique_ptr<Driver> driver;
};

// kConflict: a node runs there; kNotFound: there is no database.
Result<Database> open_database(Call& call, bool read_only);

// The schema of a stopped node's database, and the newest one that this program knows. Errors as
// open_database.
Result<SchemaStatus> schema_of_stopped(Call& call);
uint32_t newest_schema();

}  // namespace mpim::ops
