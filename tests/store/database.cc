#include "tests/store/database.h"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "server/store/sql/driver/mysql_driver.h"
#include "tests/support/mariadb_process.h"

namespace mpim::test {
namespace {

// Asks Catch for nothing when all is well: it is not for several threads.
template <class T>
T expect(Result<T> answer) {
  if (!answer.ok()) FAIL(answer.error().message);
  return std::move(answer).value();
}

void expect(const Result<void>& answer) {
  if (!answer.ok()) FAIL(answer.error().message);
}

}  // namespace

std::vector<Backend> file_backends() {
  return {Backend::kSqlite, Backend::kSqliteIndexedAtOnce, Backend::kSqliteIndexedByThree};
}

std::vector<Backend> backends() {
  std::vector<Backend> all = file_backends();
  all.push_back(Backend::kMysql);
  return all;
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "mpim-store-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Draft draft(UserId from, Recipient to, std::string text, std::string client_id) {
  return {to, from, DeviceId(), std::move(client_id), ContentType::kText, std::move(text)};
}

Database::Database(Backend backend, StoreOptions options) : options_(std::move(options)) {
  if (backend == Backend::kSqliteIndexedAtOnce) options_.limits.index_batch_entries = 1;
  if (backend == Backend::kSqliteIndexedByThree) options_.limits.index_batch_entries = 3;
  if (backend == Backend::kMysql) {
    testing::MariadbProcess& server = testing::shared_mariadb();
    mysql_ = server.url(server.make_database());
  }
  store_ = expect(another(options_));
}

Result<std::unique_ptr<Store>> Database::another(const StoreOptions& options) const {
  if (mysql_.empty()) return open_sqlite_store(path(), options);
  return open_mysql_store(expect(mysql_address(mysql_)), options);
}

std::unique_ptr<Driver> Database::driver(const StoreOptions& options) const {
  if (mysql_.empty()) return expect(open_sqlite_driver(path(), options));
  return expect(MysqlDriver::open(expect(mysql_address(mysql_)), {.read_only = options.read_only}));
}

void Database::crash_and_reopen() {
  store_.reset();
  store_ = expect(another(options_));
}

void Database::plant(const std::string& sql) {
  INFO(sql);
  expect(driver()->run_script(sql));
}

UserId Database::user(const std::string& name) {
  return expect(change([&](Store& s) { return s.accounts().create({name, name}, "hash", kNow); }));
}

Device Database::device(UserId user, const std::string& name) {
  return expect(change(
      [&](Store& s) { return s.accounts().open_device(user, {name}, std::nullopt, 16, kNow); }));
}

Group Database::group(UserId owner, const std::vector<UserId>& others) {
  Group made = expect(change([&](Store& s) {
                 return s.groups().create(owner, DeviceId(), "friends", "", kNow);
               })).group;
  for (const UserId other : others) join(made.id, other);
  return expect(store_->groups().find(made.id));
}

Seq Database::join(GroupId group, UserId user) {
  return expect(
             change([&](Store& s) { return s.groups().join(group, user, DeviceId(), user, kNow); }))
      .committed.id.seq();
}

Seq Database::leave(GroupId group, UserId user) {
  return expect(change([&](Store& s) {
           return s.groups().leave(group, user, DeviceId(), user, kNow);
         }))
      .committed.id.seq();
}

Appended Database::send(const Draft& draft, Timestamp now) { return expect(try_send(draft, now)); }

Result<Appended> Database::try_send(const Draft& draft, Timestamp now) {
  return change([&](Store& s) { return s.log().append(draft, now); });
}

void Database::raise_delivered(const Device& device, ConversationId of, Seq to) {
  const CursorMove move{of, to};
  expect(change([&](Store& s) {
    return s.cursors().raise_delivered(device.id, device.generation, std::span(&move, 1));
  }));
}

Seq Database::read(UserId user, ConversationId of, Seq to) {
  return expect(change([&](Store& s) { return s.cursors().raise_read(user, of, to); })).at;
}

std::vector<uint64_t> Database::seqs_after(UserId reader, ConversationId of, Seq after) {
  std::vector<uint64_t> seqs;
  for (const EntryPtr& entry :
       expect(store_->log().after(reader, of, after, 1'000, 1'000'000)).entries) {
    seqs.push_back(entry->seq.value);
  }
  return seqs;
}

}  // namespace mpim::test
