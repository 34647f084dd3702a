#include "server/store/sql/sql_store.h"

namespace mpim {
namespace {

constexpr Sql kEpoch = "SELECT epoch FROM store_identity WHERE id = 1";
constexpr Sql kProbe = "UPDATE store_identity SET probes = probes + 1 WHERE id = 1";

}  // namespace

SqlStore::SqlStore(std::unique_ptr<Driver> driver, bool read_only, const StoreLimits& limits)
    : driver_(std::move(driver)),
      read_only_(read_only),
      heads_(*driver_, limits.seq_max),
      rights_(*driver_),
      memberships_(*driver_, heads_, rights_),
      log_(*driver_, heads_, rights_, limits),
      cursors_(*driver_, heads_),
      accounts_(*driver_, heads_, rights_, memberships_),
      groups_(*driver_, heads_, rights_, memberships_, limits),
      audit_(*driver_) {}

Result<void> SqlStore::begin() {
  heads_.begin();
  rights_.begin();
  return driver_->begin();
}

Result<void> SqlStore::commit() {
  if (const Result<void> written = heads_.flush(); !written.ok()) {
    rollback();
    return written;
  }
  Result<void> done = driver_->commit();
  if (!done.ok()) forget();
  return done;
}

void SqlStore::rollback() {
  driver_->rollback();
  if (!read_only_) forget();
}

Result<void> SqlStore::savepoint() {
  heads_.savepoint();
  return driver_->savepoint();
}

Result<void> SqlStore::release() {
  heads_.release();
  return driver_->release();
}

void SqlStore::rollback_to_savepoint() {
  driver_->rollback_to_savepoint();
  heads_.rollback_to_savepoint();
  rights_.forget();
}

Result<void> SqlStore::reopen() {
  forget();
  MPIM_CHECKED(driver_->reopen());
  if (read_only_) return {};
  MPIM_CHECKED(begin());
  if (const Result<uint64_t> probed = driver_->run(kProbe); !probed.ok()) {
    rollback();
    return probed.error();
  }
  return commit();
}

Result<std::string> SqlStore::epoch() {
  MPIM_TRY(Rows rows, driver_->ask(kEpoch));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kInternal, "the database has no epoch: run mpimctl db verify"};
  return rows.text(0);
}

void SqlStore::forget() {
  heads_.forget();
  rights_.forget();
}

}  // namespace mpim
