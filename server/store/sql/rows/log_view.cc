#include "server/store/sql/rows/log_view.h"

#include <limits>

#include "server/store/sql/rows/log_index.h"

namespace mpim {
namespace {

constexpr LogPos kEverything = std::numeric_limits<LogPos>::max();

}  // namespace

Result<void> LogView::begin() {
  if (!writer_ && !driver_.dialect().many_writers) pin_ = LogTail::pin(tail_);
  MPIM_CHECKED(driver_.begin());
  if (!alone_) return {};
  const Result<void> read = read_tail(driver_, *tail_, TailOf::kReaderAlone);
  if (!read.ok()) driver_.rollback();
  return read;
}

Result<LogLook> LogView::look() {
  // The writer sees what its own transaction has added; who is alone has just read it all.
  const bool many = driver_.dialect().many_writers;
  if (driver_.in_transaction())
    return LogLook(tail_, writer_ || alone_ || many ? kEverything : pin_.upto());
  LogTail::Pin pin = LogTail::pin(tail_);
  LogLook look(tail_, pin.upto());
  look.pin_ = std::move(pin);
  MPIM_TRY(Snapshot snapshot, Snapshot::take(driver_));
  look.snapshot_.emplace(std::move(snapshot));
  if (alone_) {
    MPIM_CHECKED(read_tail(driver_, *tail_, TailOf::kReaderAlone));
    look.upto_ = kEverything;
  }
  return look;
}

LogPos LogView::index_reach() const {
  return driver_.dialect().many_writers ? kEverything : tail_->index_reach();
}

}  // namespace mpim
