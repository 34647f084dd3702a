// Several questions that must see one state.
#pragma once

#include <utility>

#include "server/store/sql/driver/driver.h"

namespace mpim {

// Joins the transaction that is open, or begins one that ends with this object and changes nothing.
class Snapshot {
 public:
  static Result<Snapshot> take(Driver& driver) {
    if (driver.in_transaction()) return Snapshot(nullptr);
    MPIM_CHECKED(driver.begin());
    return Snapshot(&driver);
  }
  Snapshot(Snapshot&& other) noexcept : begun_(std::exchange(other.begun_, nullptr)) {}
  Snapshot& operator=(Snapshot&&) = delete;
  ~Snapshot() {
    if (begun_ != nullptr) begun_->rollback();
  }

 private:
  explicit Snapshot(Driver* begun) : begun_(begun) {}
  Driver* begun_;
};

}  // namespace mpim
