#include "server/store/sql/driver/checkpointer.h"

#include <sqlite3.h>

#include <memory>

namespace mpim {

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Checkpointer::ask() {
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kAsked) return;
    state_ = State::kAsked;
  }
  changed_.notify_one();
}

bool Checkpointer::take_finished() {
  const std::lock_guard lock(mutex_);
  if (state_ != State::kFinished) return false;
  state_ = State::kIdle;
  return true;
}

void Checkpointer::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || state_ == State::kAsked; });
    if (stopping_) return;
    lock.unlock();
    copy();
    lock.lock();
    state_ = State::kFinished;
  }
}

void Checkpointer::copy() const {
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(path_.c_str(), &opened, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE, nullptr);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database(opened, &sqlite3_close);
  if (code != SQLITE_OK) return;
  // A connection's first look at the database tells it that there is a log.
  sqlite3_exec(opened, "PRAGMA synchronous = FULL; PRAGMA schema_version", nullptr, nullptr,
               nullptr);
  sqlite3_wal_checkpoint_v2(opened, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

}  // namespace mpim
