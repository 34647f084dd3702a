// Opening the database: SQLite in a file, or MySQL.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "server/core/limits.h"
#include "server/store/sql/driver/driver.h"
#include "server/store/sql/driver/faults.h"
#include "server/store/sql/driver/mysql_address.h"
#include "server/store/sql/store_place.h"
#include "server/store/store.h"

namespace mpim {

class LogTail;

// What the store's answers depend on, whatever the database.
struct StoreLimits {
  Millis client_id_window = std::chrono::hours(24 * 30);  // how long a client id is remembered
  Seq seq_max = kSeqMax;                                  // a conversation holds so many entries
  uint64_t members_max = kMembers.standard;               // of one group
  uint64_t groups_of_user_max = kGroupsOfUser.standard;
  uint64_t receipt_members_max = kReceiptMembers.standard;  // see Cursors::note_receipt
  uint64_t friends_max = kFriends.standard;                 // of one user
  uint64_t blocks_max = kBlocks.standard;
  uint64_t requests_max = kOpenRequests.standard;  // friend requests, made and got, unanswered
  uint64_t group_requests_max =
      kOpenRequests.standard;             // requests to join, or invitations, that wait
  uint64_t file_user_files_max = 10'000;  // uploads of one user: as many rows an upload reads
  uint64_t file_user_bytes_max = kFileUserMib.standard * 1'048'576;  // all uploads of one user
  Millis change_window = std::chrono::minutes(2);   // how long its sender may edit or recall
  Millis clock_skew_max = std::chrono::minutes(5);  // by which a client's time may be off
  // The log's index is written for so many entries, or so much text, at once.
  uint64_t index_batch_entries = kIndexBatchEntries.standard;
  uint64_t index_batch_bytes = kIndexBatchBytes.standard;
  uint64_t pack_over_bytes = kPackOverBytes;  // texts of more bytes are stored packed; 0: none
};

// The limits of all stores of a process, where they may change while it runs: a store takes them
// over between two transactions. The log's index, what is packed, and seq_max stay as they were
// when the store was opened.
// Threads  any.
class SharedLimits {
 public:
  explicit SharedLimits(const StoreLimits& limits) : limits_(limits) {}

  void set(const StoreLimits& limits) {
    const std::lock_guard lock(mutex_);
    limits_ = limits;
    ++changes_;
  }
  // How often they were set so far.
  uint64_t changes() const { return changes_; }
  StoreLimits get() const {
    const std::lock_guard lock(mutex_);
    return limits_;
  }

 private:
  mutable std::mutex mutex_;
  StoreLimits limits_;  // guarded
  std::atomic<uint64_t> changes_{0};
};

// How a database is opened.
struct StoreOptions {
  // A second connection beside a writer's: it changes nothing and sees committed states only.
  bool read_only = false;
  // Applies the migrations that are missing (a new file gets all of them). False: an older schema
  // is refused with kVersion.
  bool migrate = true;
  StoreLimits limits{};
  // Where `limits` come from again when they change; none: they do not.
  std::shared_ptr<const SharedLimits> shared_limits{};
  // The newest part of the log in memory: one for the writer and the readers of a process. A reader
  // without it looks for that part in the database, each time.
  std::shared_ptr<LogTail> tail{};
  std::string new_epoch{};  // of a database made by this call; empty: random
  // Of one statement at a server; 0: what the driver has for people who wait.
  Millis answer_timeout{0};
  FaultHook faults{};  // tests only
};

// Opens (and, unless read_only, makes) the database at `path`; ":memory:" is one that dies with the
// Store, for tests and simulation: reopen() keeps it. No threads and no clock are used.
// Errors   kUnavailable with the path and the system's reason; kVersion: the schema is newer than
//          this program, or older and may not be migrated.
Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path,
                                                 const StoreOptions& options = {});

// The same at a MySQL or MariaDB server.
// Errors   as open_sqlite_store, and those of MysqlDriver::open.
Result<std::unique_ptr<Store>> open_mysql_store(const MysqlAddress& address,
                                                const StoreOptions& options = {});

// Either of them.
Result<std::unique_ptr<Store>> open_store(const StorePlace& place, const StoreOptions& options);

// The bare connection, no schema looked at: for migrations and verification.
Result<std::unique_ptr<Driver>> open_driver(const StorePlace& place, const StoreOptions& options);
Result<std::unique_ptr<Driver>> open_sqlite_driver(const std::string& path,
                                                   const StoreOptions& options = {});

// The store over a connection whose schema is as this program wants it.
Result<std::unique_ptr<Store>> make_sql_store(std::unique_ptr<Driver> driver,
                                              const StoreOptions& options = {});

// For StoreOptions::tail.
std::shared_ptr<LogTail> make_log_tail();

// The database's file inside a data directory.
std::string sqlite_path(const std::string& data_dir);

}  // namespace mpim
