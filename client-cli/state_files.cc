#include "client-cli/state_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "server/loop/unique_fd.h"

namespace mpim::chat {
namespace {

constexpr size_t kFileBytesMax = 16 * 1'048'576;

void make_folder(const std::string& path) {
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (std::filesystem::exists(folder, ignored)) return;
  std::filesystem::create_directories(folder, ignored);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, ignored);
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

UniqueFd open_private(const std::string& path, int flags) {
  make_folder(path);
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600));
  // It may have been made by somebody with other habits.
  if (file && ::fchmod(file.get(), 0600) != 0) file.reset();
  return file;
}

// Letters and digits stay; everything else becomes %XX, so that no name leads out of the folder.
std::string as_file_name(std::string_view name) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain || c == '-' || c == '_')
      out += c;
    else
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

}  // namespace

std::string state_folder() {
  if (const char* const state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/')
    return std::string(state) + "/mpim";
  if (const char* const home = std::getenv("HOME"); home != nullptr && *home == '/')
    return std::string(home) + "/.local/state/mpim";
  return "";
}

std::optional<std::string> read_private_file(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::string text;
  std::array<char, 65'536> piece{};
  ssize_t count = 0;
  while ((count = ::read(file.get(), piece.data(), piece.size())) > 0) {
    text.append(piece.data(), static_cast<size_t>(count));
    if (text.size() > kFileBytesMax) return std::nullopt;
  }
  if (count < 0) return std::nullopt;
  return text;
}

bool write_private_file(const std::string& path, std::string_view text) {
  const std::string fresh = path + ".new";
  {
    const UniqueFd file = open_private(fresh, O_TRUNC);
    if (!file || !write_all(file.get(), text)) return false;
  }
  std::error_code failed;
  std::filesystem::rename(fresh, path, failed);
  return !failed;
}

bool append_private_file(const std::string& path, std::string_view text) {
  const UniqueFd file = open_private(path, O_APPEND);
  return file && write_all(file.get(), text);
}

std::string token_path(std::string_view server, std::string_view user, std::string_view device) {
  const std::string folder = state_folder();
  if (folder.empty()) return "";
  return folder + "/tokens/" + as_file_name(server) + "+" + as_file_name(user) + "+" +
         as_file_name(device);
}

}  // namespace mpim::chat
