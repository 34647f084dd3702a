// One process at a time in a data directory: mpimd and `mpimctl db` both take this lock.
#pragma once

#include <string>

#include "server/core/result.h"

namespace mpim {

// Holds DIR/lock (flock, so that it ends with the process however that dies). The file keeps the
// holder's process id for people to read.
class DataDirLock {
 public:
  // Makes the directory (mode 0700) when it is missing. kUnavailable: it cannot be made or written
  // to, with the system's reason. kConflict: another process holds it, and which.
  static Result<DataDirLock> take(const std::string& data_dir);

  DataDirLock(DataDirLock&& other) noexcept;
  DataDirLock& operator=(DataDirLock&& other) noexcept;
  ~DataDirLock();

 private:
  explicit DataDirLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace mpim
