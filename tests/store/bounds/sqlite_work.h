// Counts what SQLite does instead of how long it takes.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstdint>

namespace mpim::test {

// Instructions of SQLite's machine, on all connections that are opened while one of these lives.
class SqliteWork {
 public:
  SqliteWork() { ::sqlite3_auto_extension(reinterpret_cast<void (*)()>(&watch)); }
  ~SqliteWork() { ::sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&watch)); }
  SqliteWork(const SqliteWork&) = delete;
  SqliteWork& operator=(const SqliteWork&) = delete;

  // Since the last time.
  uint64_t take() { return done_.exchange(0); }

 private:
  static constexpr int kEvery = 10;
  static int watch(sqlite3* db, const char**, const void*) {
    ::sqlite3_progress_handler(
        db, kEvery,
        [](void*) {
          done_ += kEvery;
          return 0;
        },
        nullptr);
    return 0;
  }
  inline static std::atomic<uint64_t> done_{0};  // outlives the connections
};

}  // namespace mpim::test
