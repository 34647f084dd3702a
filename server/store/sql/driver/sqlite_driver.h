// SQLite: WAL, full sync, one writer, read-only readers.
#pragma once

#include <string>
#include <unordered_map>

#include "server/store/sql/driver/checkpointer.h"
#include "server/store/sql/driver/driver.h"
#include "server/store/sql/driver/faults.h"

struct sqlite3;
struct sqlite3_stmt;

namespace mpim {

// A commit is durable: synchronous=FULL syncs the log of each transaction. The log (WAL) is copied
// into the database when it has kCheckpointPages: by a Checkpointer, so that no answer waits for
// it, and the rest by the writer before a transaction begins. A writer that is faster than the
// Checkpointer does it all at kOwnCheckpointPages; if readers keep the log from being used again,
// it is stopped at kWalPagesMax, where the writer waits for them.
class SqliteDriver final : public Driver {
 public:
  static Result<std::unique_ptr<SqliteDriver>> open(const std::string& path, bool read_only,
                                                    FaultHook faults);
  ~SqliteDriver() override;

  const Dialect& dialect() const override { return kSqliteDialect; }
  Result<Statement*> prepare(Sql sql) override;
  Result<void> run_script(std::string_view script) override;
  bool has_table(std::string_view name) override;
  Result<std::vector<std::string>> ask_once(std::string_view question) override;
  std::vector<std::string> prepared() const override;

  Result<void> begin() override;
  Result<void> commit() override;
  void rollback() override;
  Result<void> savepoint() override;
  Result<void> release() override;
  void rollback_to_savepoint() override;
  bool in_transaction() const override { return in_transaction_; }
  Result<void> reopen() override;

  uint64_t changed_rows() const override;
  uint64_t inserted_id() const override;

 private:
  friend class SqliteStatement;

  SqliteDriver(std::string path, bool read_only, FaultHook faults);
  Result<void> connect();
  void close();
  Result<Statement*> prepare_now(const char* text);
  Result<bool> stepped(sqlite3_stmt* statement);
  Result<void> control(const char* text);
  Result<void> commit_now(Fault fault);
  Result<void> bound_the_log();
  bool is_copied_beside();
  Error failed(int code);
  Fault fault_at(FaultPoint point) const { return faults_ ? faults_(point) : Fault::kNone; }

  const std::string path_;
  const bool read_only_;
  const FaultHook faults_;
  sqlite3* database_ = nullptr;
  std::unordered_map<const char*, std::unique_ptr<Statement>> statements_;
  bool in_transaction_ = false;
  bool doomed_ = false;  // this transaction can only be rolled back
  bool broken_ = false;  // nothing works until the database was opened again
  int log_pages_ = 0;    // in the WAL after the last commit
  int checkpoint_at_pages_ = 0;
  std::unique_ptr<Checkpointer> checkpointer_;
};

}  // namespace mpim
