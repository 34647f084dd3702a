#include "server/store/sql/driver/sqlite_driver.h"

#include <sqlite3.h>

#include <cstring>

namespace mpim {
namespace {

constexpr int kCheckpointPages = 4'000;      // 16 MiB
constexpr int kOwnCheckpointPages = 12'000;  // 48 MiB
constexpr int kWalPagesMax = 32'000;         // 128 MiB
constexpr int kPagesBetweenTries = 1'000;    // where readers keep the log from being used again
constexpr int kBusyMs = 2'000;

// The log's file shrinks again when it has been larger than this (bytes).
constexpr char kConfigureWriter[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA wal_autocheckpoint = 0;"
    "PRAGMA journal_size_limit = 67108864;"
    "PRAGMA secure_delete = ON;"  // what is erased leaves no bytes behind
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -65536;";
constexpr char kConfigureReader[] =
    "PRAGMA query_only = ON;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -16384;";

// The file itself is in doubt, not only the transaction.
bool breaks_connection(int primary) {
  switch (primary) {
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM: return true;
    default: return false;
  }
}

std::string advice(int primary) {
  switch (primary) {
    case SQLITE_FULL: return "; free space on its disk";
    case SQLITE_BUSY: return "; another program holds it: close that";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN: return "; make it and its directory writable for this user";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return "; restore it from a backup";
    default: return "";
  }
}

}  // namespace

// One sqlite3_stmt, finalized with this object.
class SqliteStatement final : public Statement {
 public:
  SqliteStatement(SqliteDriver& driver, sqlite3_stmt* statement)
      : driver_(driver), statement_(statement) {}
  ~SqliteStatement() override { sqlite3_finalize(statement_); }

  void bind(int index, int64_t number) override { sqlite3_bind_int64(statement_, index, number); }
  void bind(int index, std::string_view text, Hold hold) override {
    sqlite3_bind_text64(statement_, index, start_of(text), text.size(), lifetime(hold),
                        SQLITE_UTF8);
  }
  void bind(int index, Bytes bytes, Hold hold) override {
    sqlite3_bind_blob64(statement_, index, start_of(bytes.bytes), bytes.bytes.size(),
                        lifetime(hold));
  }
  void bind(int index, Null) override { sqlite3_bind_null(statement_, index); }
  Result<bool> step() override { return driver_.stepped(statement_); }
  void reset() override { sqlite3_reset(statement_); }

  int64_t number(int column) override { return sqlite3_column_int64(statement_, column); }
  std::string_view text(int column) override {
    const void* bytes = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    return {static_cast<const char*>(bytes), static_cast<size_t>(size)};
  }
  bool null(int column) override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  const char* sql() const { return sqlite3_sql(statement_); }

 private:
  // A null pointer would bind NULL instead of an empty text.
  static const char* start_of(std::string_view text) { return text.empty() ? "" : text.data(); }
  static sqlite3_destructor_type lifetime(Hold hold) {
    return hold == Hold::kBorrows ? SQLITE_STATIC : SQLITE_TRANSIENT;
  }

  SqliteDriver& driver_;
  sqlite3_stmt* statement_;
};

SqliteDriver::SqliteDriver(std::string path, bool read_only, FaultHook faults)
    : path_(std::move(path)), read_only_(read_only), faults_(std::move(faults)) {}

SqliteDriver::~SqliteDriver() { close(); }

Result<std::unique_ptr<SqliteDriver>> SqliteDriver::open(const std::string& path, bool read_only,
                                                         FaultHook faults) {
  std::unique_ptr<SqliteDriver> driver(new SqliteDriver(path, read_only, std::move(faults)));
  MPIM_CHECKED(driver->connect());
  return driver;
}

Result<void> SqliteDriver::connect() {
  const int flags = SQLITE_OPEN_NOMUTEX | (read_only_ ? SQLITE_OPEN_READONLY
                                                      : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (fault_at(FaultPoint::kOpen) != Fault::kNone) return failed(SQLITE_CANTOPEN);
  if (const int code = sqlite3_open_v2(path_.c_str(), &database_, flags, nullptr);
      code != SQLITE_OK) {
    return failed(code);
  }
  sqlite3_extended_result_codes(database_, 1);
  sqlite3_busy_timeout(database_, kBusyMs);
  const auto count_pages = [](void* self, sqlite3*, const char*, int pages) {
    auto& driver = *static_cast<SqliteDriver*>(self);
    if (pages < driver.log_pages_) driver.checkpoint_at_pages_ = kCheckpointPages;
    driver.log_pages_ = pages;
    return SQLITE_OK;
  };
  const char* configure = read_only_ ? kConfigureReader : kConfigureWriter;
  if (const int code = sqlite3_exec(database_, configure, nullptr, nullptr, nullptr);
      code != SQLITE_OK) {
    return failed(code);
  }
  checkpoint_at_pages_ = kCheckpointPages;
  if (!read_only_ && path_ != ":memory:") checkpointer_ = std::make_unique<Checkpointer>(path_);
  // After the settings: wal_autocheckpoint is a hook of this kind itself.
  sqlite3_wal_hook(database_, count_pages, this);
  return {};
}

void SqliteDriver::close() {
  checkpointer_.reset();  // first: who closes last tidies the log away
  statements_.clear();
  sqlite3_close(database_);
  database_ = nullptr;
  in_transaction_ = false;
}

Result<Statement*> SqliteDriver::prepare(Sql sql) {
  const auto found = statements_.find(sql.text);
  if (found != statements_.end()) return found->second.get();
  return prepare_now(sql.text);
}

Result<Statement*> SqliteDriver::prepare_now(const char* text) {
  if (broken_) return failed(SQLITE_CANTOPEN);
  const std::string words = in_dialect(kSqliteDialect, text);
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_, words.c_str(), static_cast<int>(words.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return failed(code);
  auto made = std::make_unique<SqliteStatement>(*this, statement);
  return (statements_[text] = std::move(made)).get();
}

std::vector<std::string> SqliteDriver::prepared() const {
  std::vector<std::string> texts;
  for (const auto& [text, statement] : statements_) {
    texts.emplace_back(static_cast<const SqliteStatement&>(*statement).sql());
  }
  return texts;
}

Result<void> SqliteDriver::run_script(std::string_view script) {
  if (broken_) return failed(SQLITE_CANTOPEN);
  const std::string text(script);
  const int code = sqlite3_exec(database_, text.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failed(code);
  return {};
}

bool SqliteDriver::has_table(std::string_view name) {
  return sqlite3_table_column_metadata(database_, nullptr, std::string(name).c_str(), nullptr,
                                       nullptr, nullptr, nullptr, nullptr, nullptr) == SQLITE_OK;
}

Result<std::vector<std::string>> SqliteDriver::ask_once(std::string_view question) {
  std::vector<std::string> answers;
  const auto keep = [](void* into, int count, char** columns, char**) {
    std::string row;
    for (int i = 0; i < count; ++i) {
      if (i > 0) row += '|';
      if (columns[i] != nullptr) row += columns[i];
    }
    static_cast<std::vector<std::string>*>(into)->push_back(std::move(row));
    return 0;
  };
  const int code = sqlite3_exec(database_, std::string(question).c_str(), keep, &answers, nullptr);
  if (code != SQLITE_OK) return failed(code);
  return answers;
}

Result<bool> SqliteDriver::stepped(sqlite3_stmt* statement) {
  if (doomed_ || broken_) {
    return Error{Code::kUnavailable, "the database failed earlier in this transaction"};
  }
  switch (fault_at(FaultPoint::kStep)) {
    case Fault::kNone: break;
    case Fault::kFull: return failed(SQLITE_FULL);
    default: return failed(SQLITE_IOERR);
  }
  const int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return failed(code);
}

Error SqliteDriver::failed(int code) {
  const int primary = code & 0xFF;
  doomed_ = doomed_ || in_transaction_;
  broken_ = broken_ || breaks_connection(primary);
  const bool known = database_ != nullptr && sqlite3_extended_errcode(database_) == code;
  std::string why = known ? sqlite3_errmsg(database_) : sqlite3_errstr(code);
  if (known && sqlite3_system_errno(database_) != 0 && primary == SQLITE_CANTOPEN) {
    why += std::string(" (") + std::strerror(sqlite3_system_errno(database_)) + ")";
  }
  // A violated constraint is no trouble of the database's: we asked for something we never should.
  const Code as = primary == SQLITE_CONSTRAINT ? Code::kInternal : Code::kUnavailable;
  return {as, "database " + path_ + ": " + why + advice(primary)};
}

Result<void> SqliteDriver::control(const char* text) {
  if (database_ == nullptr || broken_) {
    return Error{Code::kUnavailable, "database " + path_ + " is not open"};
  }
  auto found = statements_.find(text);
  if (found == statements_.end()) {
    MPIM_CHECKED(prepare_now(text));
    found = statements_.find(text);
  }
  const Result<bool> done = found->second->step();
  found->second->reset();
  if (!done.ok()) return done.error();
  return {};
}

Result<void> SqliteDriver::begin() {
  MPIM_CHECK(!in_transaction_, "a transaction is open already");
  MPIM_CHECKED(bound_the_log());
  MPIM_CHECKED(control(read_only_ ? "BEGIN" : "BEGIN IMMEDIATE"));
  in_transaction_ = true;
  return {};
}

Result<void> SqliteDriver::bound_the_log() {
  if (broken_ || log_pages_ < checkpoint_at_pages_) return {};
  if (log_pages_ < kOwnCheckpointPages && is_copied_beside()) return {};
  checkpoint_at_pages_ = log_pages_ + kPagesBetweenTries;
  const int mode =
      log_pages_ < kWalPagesMax ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART;
  const int code = sqlite3_wal_checkpoint_v2(database_, nullptr, mode, nullptr, nullptr);
  if (code == SQLITE_OK || (code & 0xFF) == SQLITE_BUSY) return {};
  return failed(code);
}

// Whether it can be left to the Checkpointer still.
bool SqliteDriver::is_copied_beside() {
  if (checkpointer_ == nullptr || checkpointer_->take_finished()) return false;
  checkpointer_->ask();
  return true;
}

Result<void> SqliteDriver::commit() {
  MPIM_CHECK(in_transaction_, "there is no transaction to commit");
  if (doomed_ || broken_) {
    rollback();
    return Error{Code::kUnavailable, "the database failed; nothing of this transaction was stored"};
  }
  const Result<void> done = commit_now(fault_at(FaultPoint::kCommit));
  if (done.ok()) {
    in_transaction_ = false;
    return done;
  }
  // A full disk or a lock is noticed before the commit's own frame is written. After any other
  // failure that frame may or may not be found when the log is read again.
  const bool nothing_written = !broken_;
  rollback();
  if (nothing_written) return done;
  return Error{Code::kUnknown, "the outcome is unknown (" + done.error().message +
                                   "): retry with the same client id"};
}

Result<void> SqliteDriver::commit_now(Fault fault) {
  if (fault == Fault::kFull) return failed(SQLITE_FULL);
  if (fault == Fault::kIo) return failed(SQLITE_IOERR_FSYNC);
  MPIM_CHECKED(control("COMMIT"));
  if (fault == Fault::kIoCommitted) return failed(SQLITE_IOERR_FSYNC);
  return {};
}

void SqliteDriver::rollback() {
  if (database_ != nullptr && sqlite3_get_autocommit(database_) == 0) {
    if (!control("ROLLBACK").ok()) sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  in_transaction_ = false;
  doomed_ = false;
}

Result<void> SqliteDriver::savepoint() { return control("SAVEPOINT job"); }
Result<void> SqliteDriver::release() { return control("RELEASE job"); }

void SqliteDriver::rollback_to_savepoint() {
  // After an error SQLite may have rolled everything back by itself; the commit will say so.
  if (doomed_ || broken_) return;
  if (!control("ROLLBACK TO job").ok() || !control("RELEASE job").ok()) doomed_ = true;
}

Result<void> SqliteDriver::reopen() {
  if (path_ == ":memory:") {
    rollback();
    if (fault_at(FaultPoint::kOpen) != Fault::kNone) return failed(SQLITE_CANTOPEN);
    broken_ = false;
    return {};
  }
  close();
  doomed_ = false;
  const Result<void> opened = connect();
  broken_ = !opened.ok();
  return opened;
}

uint64_t SqliteDriver::changed_rows() const {
  return static_cast<uint64_t>(sqlite3_changes64(database_));
}
uint64_t SqliteDriver::inserted_id() const {
  return static_cast<uint64_t>(sqlite3_last_insert_rowid(database_));
}

}  // namespace mpim
