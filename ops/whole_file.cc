#include "ops/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace mpim::ops {
namespace {

constexpr size_t kFileBytesMax = 64 * 1024 * 1024;

Error cannot(std::string_view what, const std::string& path, int reason) {
  return {Code::kUnavailable,
          "cannot " + std::string(what) + " " + path + ": " + std::strerror(reason)};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<size_t>(count));
  }
  return fsync(fd) == 0;
}

// A file that is there keeps its owner, its group and what these may: a service may be another user
// than who writes its settings. What everybody could read, and shall not, its owner alone can.
mode_t mode_as_before(int fd, const std::string& path, Readers readers) {
  const bool secret = readers == Readers::kOwner;
  struct stat before {};
  if (stat(path.c_str(), &before) != 0 || fchown(fd, before.st_uid, before.st_gid) != 0)
    return secret ? 0600 : 0644;
  return secret && (before.st_mode & 07) != 0 ? 0600 : before.st_mode & 0777;
}

}  // namespace

Result<std::string> read_whole_file(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::exists(path, failed))
    return Error{Code::kNotFound, "there is no file " + path};
  if (std::filesystem::is_directory(path, failed))
    return Error{Code::kBadRequest, path + " is a directory"};
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  const bool empty = file.is_open() && file.peek() == std::ifstream::traits_type::eof();
  if (!empty && !(text << file.rdbuf())) return Error{Code::kBadRequest, "cannot read " + path};
  if (text.view().size() > kFileBytesMax)
    return Error{Code::kBadRequest, path + " has more than 64 MiB"};
  return text.str();
}

Result<std::string> read_file_or_stdin(const std::string& path) {
  if (path != "-") return read_whole_file(path);
  std::ostringstream text;
  std::array<char, 65'536> piece;
  ssize_t count = 0;
  while ((count = read(STDIN_FILENO, piece.data(), piece.size())) != 0) {
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot("read", "stdin", errno);
    text.write(piece.data(), count);
    if (text.view().size() > kFileBytesMax)
      return Error{Code::kBadRequest, "stdin has more than 64 MiB"};
  }
  return std::move(text).str();
}

Result<void> write_whole_file(const std::string& path, std::string_view text, Readers readers) {
  const auto folder = std::filesystem::path(path).parent_path();
  std::error_code failed;
  if (!folder.empty()) std::filesystem::create_directories(folder, failed);
  std::string draft = path + ".XXXXXX";
  const int fd = mkostemp(draft.data(), O_CLOEXEC);
  if (fd < 0) return cannot("write", path, errno);
  fchmod(fd, mode_as_before(fd, path, readers));
  const bool written = write_all(fd, text);
  const int reason = errno;
  close(fd);
  if (written && rename(draft.c_str(), path.c_str()) == 0) return {};
  const int shown = written ? errno : reason;
  unlink(draft.c_str());
  return cannot("write", path, shown);
}

}  // namespace mpim::ops
