#include "server/store/sql/sql_store.h"

#include <utility>

#include "server/store/sql/rows/log_index.h"
#include "server/store/sql/rows/log_rows.h"

namespace mpim {
namespace {

constexpr Sql kEpoch = "SELECT epoch FROM store_identity WHERE id = 1";
constexpr Sql kProbe = "UPDATE store_identity SET probes = probes + 1 WHERE id = 1";

}  // namespace

SqlStore::SqlStore(std::unique_ptr<Driver> driver, bool read_only, std::shared_ptr<LogTail> tail,
                   const StoreLimits& limits, std::shared_ptr<const SharedLimits> shared_limits)
    : shared_limits_(std::move(shared_limits)),
      limits_(limits),
      driver_(std::move(driver)),
      read_only_(read_only),
      index_batch_{limits.index_batch_entries, limits.index_batch_bytes},
      packer_(limits.pack_over_bytes),
      view_(*driver_, std::move(tail), !read_only),
      heads_(*driver_, view_.tail(), limits.seq_max),
      rights_(*driver_),
      memberships_(*driver_, heads_, rights_),
      files_(*driver_, limits_),
      log_(*driver_, view_, heads_, rights_, files_, limits_),
      cursors_(*driver_, view_, heads_, limits_),
      accounts_(*driver_, heads_, rights_, memberships_),
      groups_(*driver_, view_.tail(), heads_, rights_, memberships_, limits_),
      audit_(*driver_),
      dead_letters_(*driver_),
      presence_(*driver_),
      people_(*driver_, rights_, limits_),
      retention_(*driver_, view_, files_, index_wanted_),
      erasures_(*driver_, view_, rights_, files_, index_wanted_),
      tokens_(*driver_) {}

Result<void> SqlStore::start() {
  if (read_only_ || many_writers()) return {};
  return read_tail(*driver_, view_.tail(), TailOf::kWriter);
}

Result<void> SqlStore::begin(Writes what) {
  if (shared_limits_ && shared_limits_->changes() != limits_seen_) {
    limits_seen_ = shared_limits_->changes();
    limits_ = shared_limits_->get();
  }
  heads_.begin();
  rights_.begin();
  log_.begin(!many_writers() || failed_);
  MPIM_CHECKED(view_.begin());
  if (!many_writers() || read_only_) return {};
  const bool elsewhere = driver_->connections() != connections_;
  connections_ = driver_->connections();
  if (elsewhere) forget_everything();
  Result<void> held = hold_all_but_appends(what);
  if (!held.ok()) rollback();
  return held;
}

// What is reached now may be another database, or an earlier state of this one.
void SqlStore::forget_everything() {
  heads_.forget();
  rights_.forget();
  epoch_.clear();
}

Result<void> SqlStore::hold_all_but_appends(Writes what) {
  if (what == Writes::kAppends) return {};
  return rights_.catch_up(true);
}

Result<void> SqlStore::commit() {
  LogPos reach = 0;
  if (const Result<void> written = write_behind(reach); !written.ok()) {
    rollback();
    return written;
  }
  Result<void> done = driver_->commit();
  view_.end();
  if (!done.ok()) {
    forget();
    return done;
  }
  if (read_only_) return done;
  failed_ = false;
  if (many_writers()) {
    view_.tail().start_at(0);
    return done;
  }
  view_.tail().publish();
  if (reach != 0) view_.tail().indexed(reach);
  return done;
}

// What the database must have with this transaction, and, from time to time, the index of the log.
Result<void> SqlStore::write_behind(LogPos& reach) {
  MPIM_CHECKED(heads_.flush());
  if (read_only_) return {};
  if (many_writers()) return write_beside_others();
  MPIM_CHECKED(write_entries(*driver_, packer_, view_.tail().unpublished()));
  MPIM_CHECKED(write_replaced(*driver_, packer_, view_.tail().replaced()));
  const LogTail::Backlog backlog = view_.tail().backlog();
  const bool enough =
      backlog.entries >= index_batch_.entries || backlog.bytes >= index_batch_.bytes;
  if (!enough && !std::exchange(index_wanted_, false)) return {};
  MPIM_TRY(reach, write_index(*driver_, view_.tail()));
  return {};
}

// All of it: the other nodes know nothing of what this one remembers.
Result<void> SqlStore::write_beside_others() {
  const std::span<const LogTail::Row> added = view_.tail().unpublished();
  // First: a client id that is not new costs no place in the log.
  MPIM_CHECKED(write_new_client_ids(*driver_, added, !log_.looks_first()));
  MPIM_CHECKED(write_entries(*driver_, packer_, added));
  MPIM_CHECKED(write_replaced(*driver_, packer_, view_.tail().replaced()));
  MPIM_CHECKED(write_moved_heads(*driver_, added));
  return rights_.tell();
}

void SqlStore::rollback() {
  driver_->rollback();
  view_.end();
  if (!read_only_) forget();
}

Result<void> SqlStore::savepoint() {
  heads_.savepoint();
  savepoint_ = view_.tail().last();
  replaced_before_ = view_.tail().replaced().size();
  return driver_->savepoint();
}

Result<void> SqlStore::release() {
  heads_.release();
  return driver_->release();
}

void SqlStore::rollback_to_savepoint() {
  driver_->rollback_to_savepoint();
  view_.tail().drop_above(savepoint_);
  view_.tail().keep_replaced(replaced_before_);
  heads_.rollback_to_savepoint();
  rights_.forget();
}

Result<void> SqlStore::reopen() {
  forget();
  heads_.forget();
  epoch_.clear();
  MPIM_CHECKED(driver_->reopen());
  if (read_only_) return {};
  MPIM_CHECKED(start());
  MPIM_CHECKED(begin(Writes::kAnything));
  if (const Result<uint64_t> probed = driver_->run(kProbe); !probed.ok()) {
    rollback();
    return probed.error();
  }
  return commit();
}

Result<std::string> SqlStore::epoch() {
  if (!epoch_.empty()) return epoch_;
  MPIM_TRY(Rows rows, driver_->ask(kEpoch));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kInternal, "the database has no epoch: run mpimctl db verify"};
  return epoch_ = rows.text(0);
}

void SqlStore::forget() {
  view_.end();
  failed_ = true;
  if (!read_only_ && many_writers()) view_.tail().start_at(0);
  if (!read_only_) {
    view_.tail().drop_above(view_.tail().published());
    view_.tail().keep_replaced(0);
  }
  heads_.undone();
  rights_.forget();
}

}  // namespace mpim
