// The database of a stopped node. Only this folder opens the store itself.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ops/call.h"
#include "server/store/sql/data_dir_lock.h"
#include "server/store/sql/driver/driver.h"
#include "server/store/sql/store_place.h"

namespace mpim::ops {

// An open database. A file is under the lock of its data directory, so that no node can start
// meanwhile; at a server nodes may be at work.
struct Database {
  StorePlace place;
  std::optional<DataDirLock> lock;
  std::unique_ptr<Driver> driver;
};

// kConflict: a node runs there; kNotFound: there is no database; kUnavailable: its server.
Result<Database> open_database(Call& call, bool read_only);

// The schema of a stopped node's database, and the newest one that this program knows. Errors as
// open_database.
Result<SchemaStatus> schema_of_stopped(Call& call);
uint32_t newest_schema();

}  // namespace mpim::ops
