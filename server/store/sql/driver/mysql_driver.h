// MySQL and MariaDB, by the C API of libmariadb.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/store/sql/driver/driver.h"
#include "server/store/sql/driver/mysql_address.h"

struct st_mysql;
struct st_mysql_stmt;

namespace mpim {

struct MysqlOptions {
  bool read_only = false;
  Millis connect_timeout{3'000};
  Millis answer_timeout{30'000};  // of one statement
  // A process that stands still in a transaction holds what others wait for: MariaDB ends its
  // connection. MySQL cannot.
  Millis idle_in_transaction_max{5'000};
};

// One connection. A writer's transactions see what was committed before each statement (READ
// COMMITTED): rows it changes or reads for changing are locked, and nothing beside them; a reader's
// are a snapshot (REPEATABLE READ). Texts are utf8mb4 and compare byte by byte; a value that does
// not fit is an error, not a shorter value.
//
// A connection that was lost between two transactions, or that rests, is made again by begin(),
// which is tried once more then; within one it is lost, and everything is refused until rollback().
// Threads  one at a time; libmariadb keeps nothing of a thread's.
// Errors   as Driver; kBusy: the database gave this transaction up for another one's sake
//          (deadlock, lock wait, a key that somebody else has just used, a table changed under a
//          snapshot), or it was lost on the way: nothing of it was stored, and it may be tried
//          again.
class MysqlDriver final : public Driver {
 public:
  // kUnavailable: nobody answers, the user or his password is wrong, there is no such database, it
  // is read-only for a writer, or its character set is not utf8mb4.
  static Result<std::unique_ptr<MysqlDriver>> open(const MysqlAddress& address,
                                                   const MysqlOptions& options);
  ~MysqlDriver() override;

  const Dialect& dialect() const override { return kMysqlDialect; }
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
  void rest() override;

  uint64_t connections() const override { return connections_; }
  static uint32_t open_connections();  // of this process, now
  // From any thread: all of this process end, and no other is made.
  static void cut_all();

  uint64_t changed_rows() const override { return changed_rows_; }
  uint64_t inserted_id() const override { return inserted_id_; }

 private:
  friend class MysqlStatement;
  struct Close {
    void operator()(st_mysql* connection) const;
  };

  MysqlDriver(MysqlAddress address, MysqlOptions options);
  Result<void> connect();
  Result<void> check_database();
  void close();
  Result<void> control(std::string_view text);
  Result<void> usable() const;
  Error failed();
  Error failed(unsigned int number, std::string_view why);
  Result<void> may_write();

  const MysqlAddress address_;
  const MysqlOptions options_;
  std::unique_ptr<st_mysql, Close> connection_;
  std::unordered_map<const char*, std::unique_ptr<Statement>> statements_;
  bool in_transaction_ = false;
  bool doomed_ = false;   // this transaction can only be rolled back,
  Code doom_{};           // and what its commit will answer
  std::string doom_why_;  // what failed first
  bool lost_ = false;     // the connection is gone
  uint64_t connections_ = 0;
  uint64_t changed_rows_ = 0;
  uint64_t inserted_id_ = 0;
};

}  // namespace mpim
