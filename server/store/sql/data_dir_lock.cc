#include "server/store/sql/data_dir_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace mpim {
namespace {

constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;

Error cannot(const std::string& what, const std::string& path, int reason) {
  return {Code::kUnavailable,
          "cannot " + what + " " + path + ": " + std::strerror(reason) +
              "; choose another with --data-dir, or make it writable for this user"};
}

Result<void> make_directory(const std::string& path) {
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) return {};
  const auto parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, failed);
  if (::mkdir(path.c_str(), kDirectoryMode) == 0 || errno == EEXIST) return {};
  return cannot("make the data directory", path, errno);
}

std::string holder_of(int fd) {
  char digits[32] = {};
  const ssize_t size = ::pread(fd, digits, sizeof digits - 1, 0);
  return size > 0 ? "process " + std::string(digits, std::strcspn(digits, "\n"))
                  : "another process";
}

}  // namespace

Result<DataDirLock> DataDirLock::take(const std::string& data_dir) {
  MPIM_CHECKED(make_directory(data_dir));
  const std::string path = data_dir + "/lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
  if (fd < 0) return cannot("write to the data directory: open", path, errno);
  DataDirLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return cannot("lock", path, errno);
    return Error{Code::kConflict, "the data directory " + data_dir + " is in use by " +
                                      holder_of(fd) + ": stop that first"};
  }
  const std::string owner = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, owner.data(), owner.size(), 0) < 0) {
    return cannot("write", path, errno);
  }
  return lock;
}

DataDirLock::DataDirLock(DataDirLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

DataDirLock& DataDirLock::operator=(DataDirLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

DataDirLock::~DataDirLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace mpim
