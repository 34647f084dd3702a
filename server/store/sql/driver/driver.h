// What a database must offer so that every SQL statement of the store is written once.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/store/sql/driver/dialect.h"

namespace mpim {

// A statement's text. Only literals can be one: the cache of prepared statements knows them by
// address.
struct Sql {
  const char* text;
  consteval Sql(const char* literal) : text(literal) {}
};

// Bytes that are no text: hashes.
struct Bytes {
  std::string_view bytes;
};

// Stored where nothing is: an absent client id, group or token.
struct Null {};

// A text, or nothing where it is empty.
struct OrNull {
  std::string_view text;
};

// A text, or what stands for one: bytes.
struct TextOrBytes {
  std::string_view text;
  bool bytes = false;
};

// Whether a bound text is copied or must stay where it is until the statement is reset.
enum class Hold : uint8_t { kCopies, kBorrows };

// A prepared statement. Parameters count from 1, columns from 0.
// Threads  its driver's.
// Lifetime until its driver is closed or reopened; text() until the next step or reset.
class Statement {
 public:
  virtual ~Statement() = default;
  virtual void bind(int index, int64_t number) = 0;
  virtual void bind(int index, std::string_view text, Hold hold) = 0;
  virtual void bind(int index, Bytes bytes, Hold hold) = 0;
  virtual void bind(int index, Null) = 0;
  virtual Result<bool> step() = 0;  // true: a row stands ready
  virtual void reset() = 0;
  virtual int64_t number(int column) = 0;  // 0 for null
  virtual std::string_view text(int column) = 0;
  virtual bool null(int column) = 0;
};

// The rows of one question; gives the statement back when it dies.
class Rows {
 public:
  explicit Rows(Statement* statement) : statement_(statement) {}
  Rows(Rows&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  Rows& operator=(Rows&&) = delete;
  ~Rows() {
    if (statement_ != nullptr) statement_->reset();
  }

  Result<bool> next() { return statement_->step(); }
  bool null(int column) { return statement_->null(column); }
  int64_t number(int column) { return statement_->number(column); }
  uint64_t count(int column) { return static_cast<uint64_t>(statement_->number(column)); }
  std::string text(int column) { return std::string(statement_->text(column)); }
  template <class IdType>
  IdType id(int column) {
    return IdType(count(column));
  }
  Seq seq(int column) { return Seq(count(column)); }
  Timestamp time(int column) { return {statement_->number(column)}; }

 private:
  Statement* statement_;
};

// One connection.
// Threads  one at a time.
// Errors   kUnavailable for whatever the database refuses. After an error inside a transaction
//          nothing of it can be committed any more. After kUnknown from commit(), or an error of
//          the file itself, everything is refused until reopen().
class Driver {
 public:
  virtual ~Driver() = default;

  virtual const Dialect& dialect() const = 0;
  virtual Result<Statement*> prepare(Sql sql) = 0;               // cached
  virtual Result<void> run_script(std::string_view script) = 0;  // several statements; migrations
  virtual bool has_table(std::string_view name) = 0;
  // Each row, its columns joined by '|', of a question asked seldom.
  virtual Result<std::vector<std::string>> ask_once(std::string_view question) = 0;
  // Every statement prepared so far, as the database got it: for tests of query plans.
  virtual std::vector<std::string> prepared() const = 0;

  virtual Result<void> begin() = 0;  // a driver opened for reading begins a snapshot
  // kUnavailable: nothing was stored. kUnknown: it cannot be told.
  virtual Result<void> commit() = 0;
  virtual void rollback() = 0;  // harmless when there is nothing to undo
  virtual Result<void> savepoint() = 0;
  virtual Result<void> release() = 0;
  virtual void rollback_to_savepoint() = 0;
  virtual bool in_transaction() const = 0;
  virtual Result<void> reopen() = 0;
  // Between transactions: what costs a server something is given back, until there is a question.
  virtual void rest() {}

  // How many were made so far: another one may have reached another database.
  virtual uint64_t connections() const { return 1; }

  virtual uint64_t changed_rows() const = 0;  // by the last statement
  virtual uint64_t inserted_id() const = 0;   // of the last row that got its number by itself

  // Binds and hands out the rows.
  template <class... Args>
  Result<Rows> ask(Sql sql, const Args&... args) {
    MPIM_TRY(Statement * statement, prepare(sql));
    bind_all(*statement, Hold::kCopies, args...);
    return Rows(statement);
  }
  // The same with as many parameters of one kind as there are.
  template <class Arg>
  Result<Rows> ask_for(Sql sql, std::span<const Arg> args) {
    MPIM_TRY(Statement * statement, prepare(sql));
    int index = 0;
    for (const Arg& each : args) bind_one(*statement, ++index, Hold::kCopies, each);
    return Rows(statement);
  }
  // Binds and runs to the end; answers how many rows changed.
  template <class... Args>
  Result<uint64_t> run(Sql sql, const Args&... args) {
    MPIM_TRY(Statement * statement, prepare(sql));
    bind_all(*statement, Hold::kBorrows, args...);
    const Rows rows(statement);
    MPIM_CHECKED(statement->step());
    return changed_rows();
  }
  // Runs one statement for many rows, in their order: three forms of it, for 32 rows, for 4 and for
  // one. `columns` makes a tuple of a row's parameters; what they refer to must stay.
  template <class Row, class Columns>
  Result<void> run_rows(Sql for_32, Sql for_4, Sql for_1, std::span<const Row> rows,
                        Columns columns) {
    while (!rows.empty()) {
      const size_t count = rows.size() >= 32 ? 32 : rows.size() >= 4 ? 4 : 1;
      const Sql sql = count == 32 ? for_32 : count == 4 ? for_4 : for_1;
      MPIM_TRY(Statement * statement, prepare(sql));
      int index = 0;
      for (const Row& row : rows.first(count))
        std::apply(
            [&](const auto&... each) {
              (bind_one(*statement, ++index, Hold::kBorrows, each), ...);
            },
            columns(row));
      const Rows done(statement);
      MPIM_CHECKED(statement->step());
      rows = rows.subspan(count);
    }
    return {};
  }

 private:
  template <class... Args>
  static void bind_all(Statement& statement, [[maybe_unused]] Hold hold, const Args&... args) {
    int index = 0;
    (bind_one(statement, ++index, hold, args), ...);
  }
  template <class T>
  static void bind_one(Statement& statement, int index, [[maybe_unused]] Hold hold,
                       const T& given) {
    if constexpr (std::integral<T>) {
      statement.bind(index, static_cast<int64_t>(given));
    } else if constexpr (requires { given.value; }) {  // ids and seqs
      statement.bind(index, static_cast<int64_t>(given.value));
    } else if constexpr (std::same_as<T, Timestamp>) {
      statement.bind(index, given.ms);
    } else if constexpr (std::same_as<T, OrNull>) {
      if (given.text.empty()) return statement.bind(index, Null{});
      statement.bind(index, given.text, hold);
    } else if constexpr (std::same_as<T, Null>) {
      statement.bind(index, given);
    } else if constexpr (std::same_as<T, Bytes>) {
      statement.bind(index, given, hold);
    } else if constexpr (std::same_as<T, TextOrBytes>) {
      if (given.bytes) return statement.bind(index, Bytes{given.text}, hold);
      statement.bind(index, given.text, hold);
    } else {
      statement.bind(index, std::string_view(given), hold);
    }
  }
};

}  // namespace mpim
