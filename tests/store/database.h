// A database in a directory of its own, on each back end under test, and short words for what tests
// do with it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "server/store/sql/open.h"

namespace mpim::test {

inline constexpr Timestamp kNow{1'700'000'000'000};

// The back ends every suite runs on.
// kSqlite keeps all of a test's log in its tail; the others index it at once, or now and then.
enum class Backend { kSqlite, kSqliteIndexedAtOnce, kSqliteIndexedByThree, kMysql };
std::vector<Backend> backends();
std::vector<Backend> file_backends();  // those whose faults can be planted

// Removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

Draft draft(UserId from, Recipient to, std::string text, std::string client_id = "");

// The words below fail the test when the store refuses; try_ answers whatever it says.
class Database {
 public:
  explicit Database(Backend backend = Backend::kSqlite, StoreOptions options = {});

  Store& store() { return *store_; }
  std::string path() const { return sqlite_path(directory_.path()); }
  const std::string& url() const { return mysql_; }  // at a server
  const StoreOptions& options() const { return options_; }
  // A further connection, no schema looked at.
  std::unique_ptr<Driver> driver(const StoreOptions& options = {}) const;
  // A further store over the same database.
  Result<std::unique_ptr<Store>> another(const StoreOptions& options = {}) const;
  // The process dies: what was not committed is gone.
  void crash_and_reopen();
  void close() { store_.reset(); }
  // Runs a statement of the database's own, beside the store.
  void plant(const std::string& sql);

  // `job` in a transaction of its own: committed when its answer is ok, and done again when others
  // stood in its way.
  template <class F>
  auto change(F job) -> decltype(job(std::declval<Store&>())) {
    for (int attempt = 1;; ++attempt) {
      auto answer = change_once(job);
      if (answer.ok() || answer.error().code != Code::kBusy || attempt == 3) return answer;
    }
  }

  UserId user(const std::string& name);
  Device device(UserId user, const std::string& name = "default");
  Group group(UserId owner, const std::vector<UserId>& others = {});
  Seq join(GroupId group, UserId user);
  Seq leave(GroupId group, UserId user);
  Appended send(const Draft& draft, Timestamp now = kNow);
  Result<Appended> try_send(const Draft& draft, Timestamp now = kNow);
  void raise_delivered(const Device& device, ConversationId of, Seq to);
  Seq read(UserId user, ConversationId of, Seq to);
  std::vector<uint64_t> seqs_after(UserId reader, ConversationId of, Seq after = Seq());

 private:
  template <class F>
  auto change_once(F& job) -> decltype(job(std::declval<Store&>())) {
    if (const auto begun = store_->begin(); !begun.ok()) return begun.error();
    auto answer = job(*store_);
    if (!answer.ok()) {
      store_->rollback();
      return answer;
    }
    if (const auto committed = store_->commit(); !committed.ok()) return committed.error();
    return answer;
  }

  TemporaryDirectory directory_;
  std::string mysql_;  // its address; empty: SQLite
  StoreOptions options_;
  std::unique_ptr<Store> store_;
};

}  // namespace mpim::test
