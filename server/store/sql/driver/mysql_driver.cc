#include "server/store/sql/driver/mysql_driver.h"

#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "server/core/check.h"
#include "server/store/sql/driver/mysql_statement.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

constexpr unsigned int kWaitForLockSeconds = 5;
// Killed by an operator, MariaDB's own; idle for too long. Its header for clients lacks them.
constexpr unsigned int kConnectionKilled = 1927;
constexpr unsigned int kIdleTooLong = 4031;

// The sockets of all connections of this process.
class OpenSockets {
 public:
  // False: they are cut.
  bool add(const MysqlDriver* of, int socket) {
    const std::lock_guard lock(mutex_);
    if (!cut_) open_[of] = socket;
    return !cut_;
  }
  void remove(const MysqlDriver* of) {
    const std::lock_guard lock(mutex_);
    open_.erase(of);
  }
  size_t count() {
    const std::lock_guard lock(mutex_);
    return open_.size();
  }
  bool cut() {
    const std::lock_guard lock(mutex_);
    return cut_;
  }
  void cut_all() {
    const std::lock_guard lock(mutex_);
    cut_ = true;
    for (const auto& [of, socket] : open_) ::shutdown(socket, SHUT_RDWR);
  }

 private:
  std::mutex mutex_;
  std::map<const MysqlDriver*, int> open_;  // guarded
  bool cut_ = false;                        // guarded
};
OpenSockets sockets;

bool is_lost(unsigned int number) {
  if (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR) return true;  // the library's own
  switch (number) {
    case ER_SERVER_SHUTDOWN:
    case kConnectionKilled:
    case kIdleTooLong:
    case ER_TABLE_DEF_CHANGED: return true;  // the statement would wait for ever the next time
    default: return false;
  }
}

// Of a COMMIT: certainly nothing was stored.
bool refuses_commit(unsigned int number) {
  return number == ER_LOCK_DEADLOCK || number == ER_LOCK_WAIT_TIMEOUT ||
         number == ER_OPTION_PREVENTS_STATEMENT;
}

Code code_of(unsigned int number) {
  switch (number) {
    case ER_LOCK_DEADLOCK:
    case ER_LOCK_WAIT_TIMEOUT:
    case ER_DUP_ENTRY:
    case ER_TABLE_DEF_CHANGED: return Code::kBusy;
    case ER_TABLE_EXISTS_ERROR:
    case ER_BAD_TABLE_ERROR:
    case ER_DUP_FIELDNAME:
    case ER_DUP_KEYNAME:
    case ER_CANT_DROP_FIELD_OR_KEY: return Code::kConflict;
    case ER_BAD_NULL_ERROR:
    case ER_DATA_TOO_LONG:
    case ER_WARN_DATA_OUT_OF_RANGE:
    case ER_PARSE_ERROR: return Code::kInternal;
    default: return Code::kUnavailable;
  }
}

std::string advice(unsigned int number) {
  switch (number) {
    case CR_CONNECTION_ERROR:
    case CR_CONN_HOST_ERROR: return "; is it running, and may this machine reach it?";
    case CR_UNKNOWN_HOST: return "; the name of its host is not known";
    case ER_ACCESS_DENIED_ERROR: return "; mend user and password in store.url";
    case ER_DBACCESS_DENIED_ERROR:
    case ER_BAD_DB_ERROR:
      return "; CREATE DATABASE it with CHARACTER SET utf8mb4, and GRANT ALL on it";
    case ER_TABLEACCESS_DENIED_ERROR: return "; GRANT ALL on the database to the user of store.url";
    case ER_OPTION_PREVENTS_STATEMENT: return "; it is read-only: talk to the primary";
    default: return "";
  }
}

std::string session_settings(const MysqlOptions& options) {
  // Longer than any limit of ours, so that nothing is ever cut off in silence.
  return std::string(
             "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ANSI_QUOTES,"
             "NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO', "
             "innodb_lock_wait_timeout = ") +
         std::to_string(kWaitForLockSeconds) + " /*M! , idle_transaction_timeout = " +
         std::to_string(options.idle_in_transaction_max.count() / 1'000) +
         " */; SET SESSION TRANSACTION ISOLATION LEVEL " +
         (options.read_only ? "REPEATABLE READ" : "READ COMMITTED") +
         "; SET NAMES utf8mb4 COLLATE utf8mb4_bin";
}

}  // namespace

void MysqlDriver::Close::operator()(st_mysql* connection) const { mysql_close(connection); }

MysqlDriver::MysqlDriver(MysqlAddress address, MysqlOptions options)
    : address_(std::move(address)), options_(options) {}

MysqlDriver::~MysqlDriver() { close(); }

Result<std::unique_ptr<MysqlDriver>> MysqlDriver::open(const MysqlAddress& address,
                                                       const MysqlOptions& options) {
  std::unique_ptr<MysqlDriver> driver(new MysqlDriver(address, options));
  MPIM_CHECKED(driver->connect());
  MPIM_CHECKED(driver->check_database());
  return driver;
}

Result<void> MysqlDriver::connect() {
  close();
  if (sockets.cut()) return Error{Code::kUnavailable, "this process ends"};
  connection_.reset(mysql_init(nullptr));
  MPIM_CHECK(connection_ != nullptr, "there is no memory for a connection");
  MYSQL* const to = connection_.get();
  const auto seconds = [](Millis time) {
    return static_cast<unsigned int>(std::max<int64_t>(1, (time.count() + 999) / 1'000));
  };
  const unsigned int connect_s = seconds(options_.connect_timeout);
  const unsigned int answer_s = seconds(options_.answer_timeout);
  mysql_options(to, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
  mysql_options(to, MYSQL_OPT_READ_TIMEOUT, &answer_s);
  mysql_options(to, MYSQL_OPT_WRITE_TIMEOUT, &answer_s);
  mysql_options(to, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  const auto or_null = [](const std::string& text) {
    return text.empty() ? nullptr : text.c_str();
  };
  if (mysql_real_connect(to, or_null(address_.host), address_.user.c_str(),
                         address_.password.c_str(), address_.database.c_str(), address_.port,
                         or_null(address_.socket),
                         CLIENT_FOUND_ROWS | CLIENT_MULTI_STATEMENTS) == nullptr)
    return lost_ = true, failed();
  if (!sockets.add(this, mysql_get_socket(to)))
    return lost_ = true, Error{Code::kUnavailable, "this process ends"};
  lost_ = false;
  count(Counter::kStoreConnects);
  Result<void> set = run_script(session_settings(options_));
  if (!set.ok()) lost_ = true;
  ++connections_;
  return set;
}

Result<void> MysqlDriver::check_database() {
  MPIM_TRY(const std::vector<std::string> found,
           ask_once("SELECT @@character_set_database, @@global.read_only"));
  const std::string& seen = found.front();
  const std::string_view charset = std::string_view(seen).substr(0, seen.find('|'));
  if (charset != "utf8mb4")
    return Error{Code::kUnavailable, "the database " + address_.text() + " has the character set " +
                                         std::string(charset) +
                                         ", and not every text fits: ALTER DATABASE " +
                                         address_.database + " CHARACTER SET utf8mb4"};
  if (!options_.read_only && seen.ends_with("|1"))
    return Error{Code::kUnavailable,
                 "the database " + address_.text() + " is read-only: talk to the primary"};
  return options_.read_only ? Result<void>() : may_write();
}

// A user who may only read is told so at once, and not with the first message.
Result<void> MysqlDriver::may_write() {
  if (!has_table("schema_version")) return {};
  return run_script(
      "UPDATE schema_version SET version = version WHERE 1 = 0;"
      "DELETE FROM schema_version WHERE 1 = 0;"
      "INSERT INTO schema_version SELECT * FROM schema_version WHERE 1 = 0");
}

uint32_t MysqlDriver::open_connections() { return static_cast<uint32_t>(sockets.count()); }

void MysqlDriver::cut_all() { sockets.cut_all(); }

void MysqlDriver::close() {
  sockets.remove(this);
  statements_.clear();
  connection_.reset();
  in_transaction_ = doomed_ = false;
}

Result<void> MysqlDriver::usable() const {
  if (!doomed_ && !lost_) return {};
  if (doomed_) return Error{doom_, doom_why_};
  return Error{doom_, "the connection to database " + address_.text() + " was lost"};
}

Error MysqlDriver::failed() {
  return failed(mysql_errno(connection_.get()), mysql_error(connection_.get()));
}

Error MysqlDriver::failed(unsigned int number, std::string_view why) {
  lost_ = lost_ || is_lost(number);
  if (lost_) sockets.remove(this);  // the library has closed it, and its number is soon another's
  // What was lost on the way is tried again on another connection; where none can be made, begin()
  // says so.
  const bool again = lost_ && in_transaction_ && !options_.read_only;
  const Code code = again ? Code::kBusy : code_of(number);
  Error error{code, "database " + address_.text() + ": " + std::string(why) + advice(number)};
  if (in_transaction_ && !std::exchange(doomed_, true)) {
    doom_ = code;
    doom_why_ = error.message;
  }
  return error;
}

Result<Statement*> MysqlDriver::prepare(Sql sql) {
  if (const auto found = statements_.find(sql.text); found != statements_.end() && !lost_)
    return found->second.get();
  if (lost_ && !in_transaction_) MPIM_CHECKED(connect());
  MPIM_CHECKED(usable());
  std::string words = in_dialect(kMysqlDialect, sql.text);
  MysqlStatement::Owner statement(mysql_stmt_init(connection_.get()));
  MPIM_CHECK(statement != nullptr, "there is no memory for a statement");
  if (mysql_stmt_prepare(statement.get(), words.data(), words.size()) != 0) {
    const Error why = failed(mysql_stmt_errno(statement.get()), mysql_stmt_error(statement.get()));
    statement.reset();
    if (!lost_ || in_transaction_) return why;
    return prepare(sql);  // a connection that was idle for too long; connect() ends this
  }
  auto made = std::make_unique<MysqlStatement>(*this, std::move(statement), std::move(words));
  return (statements_[sql.text] = std::move(made)).get();
}

std::vector<std::string> MysqlDriver::prepared() const {
  std::vector<std::string> texts;
  for (const auto& [text, statement] : statements_)
    texts.push_back(static_cast<const MysqlStatement&>(*statement).sql());
  return texts;
}

Result<void> MysqlDriver::run_script(std::string_view script) {
  MPIM_CHECKED(usable());
  MYSQL* const on = connection_.get();
  count(Counter::kStoreStatements);
  if (mysql_real_query(on, script.data(), script.size()) != 0) return failed();
  while (true) {
    if (MYSQL_RES* const rows = mysql_store_result(on)) mysql_free_result(rows);
    const int more = mysql_next_result(on);
    if (more < 0) return {};
    if (more > 0) return failed();
  }
}

bool MysqlDriver::has_table(std::string_view name) {
  const auto found = ask_once(
      "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '" +
      std::string(name) + "'");
  return found.ok() && !found->empty();
}

Result<std::vector<std::string>> MysqlDriver::ask_once(std::string_view question) {
  MPIM_CHECKED(usable());
  MYSQL* const on = connection_.get();
  count(Counter::kStoreStatements);
  if (mysql_real_query(on, question.data(), question.size()) != 0) return failed();
  const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> rows(mysql_store_result(on),
                                                                      mysql_free_result);
  if (rows == nullptr) return failed();
  std::vector<std::string> answers;
  while (const MYSQL_ROW row = mysql_fetch_row(rows.get())) {
    const unsigned long* const lengths = mysql_fetch_lengths(rows.get());
    std::string& answer = answers.emplace_back();
    for (unsigned int i = 0; i < mysql_num_fields(rows.get()); ++i) {
      if (i > 0) answer += '|';
      if (row[i] != nullptr) answer.append(row[i], lengths[i]);
    }
  }
  return answers;
}

Result<void> MysqlDriver::control(std::string_view text) {
  count(Counter::kStoreStatements);
  if (mysql_real_query(connection_.get(), text.data(), text.size()) == 0) return {};
  return failed();
}

Result<void> MysqlDriver::begin() {
  MPIM_CHECK(!in_transaction_, "a transaction is open already");
  const std::string_view words = options_.read_only
                                     ? "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
                                     : "START TRANSACTION";
  if (lost_) MPIM_CHECKED(connect());
  Result<void> begun = control(words);
  if (!begun.ok() && lost_) {
    MPIM_CHECKED(connect());
    begun = control(words);
  }
  in_transaction_ = begun.ok();
  return begun;
}

Result<void> MysqlDriver::commit() {
  MPIM_CHECK(in_transaction_, "no transaction is open");
  if (const Result<void> good = usable(); !good.ok()) {
    rollback();
    return good;
  }
  const Result<void> done = control("COMMIT");
  in_transaction_ = doomed_ = false;
  if (done.ok()) return done;
  if (!lost_ && refuses_commit(mysql_errno(connection_.get()))) return rollback(), done;
  lost_ = true;  // whatever state it is in
  return Error{Code::kUnknown, done.error().message};
}

void MysqlDriver::rollback() {
  if (connection_ != nullptr && !lost_) static_cast<void>(control("ROLLBACK"));
  in_transaction_ = doomed_ = false;
}

Result<void> MysqlDriver::savepoint() {
  MPIM_CHECKED(usable());
  return control("SAVEPOINT job");
}

Result<void> MysqlDriver::release() {
  MPIM_CHECKED(usable());
  return control("RELEASE SAVEPOINT job");
}

// Whatever failed in between is undone. A deadlock has undone the transaction itself, the savepoint
// with it, and a connection that was lost too: then this fails, and nothing can be committed.
void MysqlDriver::rollback_to_savepoint() {
  if (lost_) return;
  const Code before = doom_;
  doomed_ = false;
  doomed_ = !control("ROLLBACK TO SAVEPOINT job").ok();
  doom_ = before;
}

Result<void> MysqlDriver::reopen() { return connect(); }

void MysqlDriver::rest() {
  MPIM_CHECK(!in_transaction_, "a connection rests between transactions");
  close();
  lost_ = true;
}

}  // namespace mpim
