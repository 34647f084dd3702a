#include "server/registry/settings_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "server/registry/settings_edition.h"

namespace mpim {
namespace {

Error file_error(std::string_view what, const std::string& path) {
  return {Code::kUnavailable,
          std::string(what) + " " + path + ": " + std::string(std::strerror(errno))};
}

// Closed however the writing ends.
struct Descriptor {
  explicit Descriptor(int opened) : fd(opened) {}
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int fd;
};

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

Result<std::string> read_settings_copy(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file && errno == ENOENT) return std::string();
  std::ostringstream text;
  text << file.rdbuf();
  if (!file)
    return text.str().empty() && file.eof() ? Result(std::string())
                                            : Result<std::string>(file_error("cannot read", path));
  return text.str();
}

Result<void> write_settings_copy(const std::string& path, const std::string& text) {
  const std::string beside = path + ".new";
  {
    const Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.fd < 0 || !write_all(file.fd, text) || ::fsync(file.fd) != 0)
      return file_error("cannot write", beside);
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return file_error("cannot make", path);
  const Descriptor folder(
      ::open(path.substr(0, path.rfind('/') + 1).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.fd < 0 || ::fsync(folder.fd) != 0) return file_error("cannot keep", path);
  return {};
}

void SettingsFile::read(const std::string& known_mark, Read done) {
  Result<std::string> text = read_settings_copy(path_);
  if (!text.ok()) return done(text.error());
  Kept kept{*text, {}};
  if (*text != known_mark) kept.text = std::move(*text);
  done(std::move(kept));
}

void SettingsFile::write(const std::string& mark_before, const std::string& text, Written done) {
  const Result<std::string> held = read_settings_copy(path_);
  if (!held.ok()) return done(held.error());
  if (*held != mark_before) return done(std::optional<std::string>());
  // Somebody's slip in the only place there is: what he wrote stays beside it.
  if (!history_from(*held).ok())
    if (const auto kept = write_settings_copy(path_ + ".unreadable", *held); !kept.ok())
      return done(kept.error());
  if (const auto written = write_settings_copy(path_, text); !written.ok())
    return done(written.error());
  done(std::optional(text));
}

}  // namespace mpim
