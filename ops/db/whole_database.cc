#include "ops/db/whole_database.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace mpim::ops {
namespace {

Error failed(const std::string& path) {
  return {Code::kUnavailable, path + ": " + std::strerror(errno)};
}

// A directory, too: then what was renamed in it stays renamed.
Result<void> sync(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed(path);
  const bool synced = ::fsync(fd) == 0;
  const Error why = failed(path);
  ::close(fd);
  if (!synced) return why;
  return {};
}

}  // namespace

Result<void> begin_file(const std::string& path) {
  for (const char* const suffix : {"", "-wal", "-shm"}) ::unlink((path + suffix).c_str());
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return failed(path);
  ::close(fd);
  return {};
}

Result<void> put_in_place(const std::string& made, const std::string& path) {
  MPIM_CHECKED(sync(made));
  if (::rename(made.c_str(), path.c_str()) != 0) return failed(path);
  const std::string directory = std::filesystem::path(path).parent_path().string();
  return sync(directory.empty() ? "." : directory);
}

}  // namespace mpim::ops
