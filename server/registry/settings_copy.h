// The settings of a cluster in a file of this node's own.
#pragma once

#include <string>

#include "server/core/executor.h"
#include "server/registry/settings_place.h"

namespace mpim {

// In the data directory.
inline constexpr const char* kSettingsCopy = "cluster_settings";

// Empty when there is none. kUnavailable.
Result<std::string> read_settings_copy(const std::string& path);
// Whole or not at all, and on the disk. kUnavailable. Takes a few milliseconds.
Result<void> write_settings_copy(const std::string& path, const std::string& text);

// The place of a node that is alone: its marks are the texts themselves. What cannot be read is
// kept beside it, as `path`.unreadable, when it is replaced.
// Threads  its home's.
class SettingsFile final : public SettingsPlace {
 public:
  explicit SettingsFile(std::string path) : path_(std::move(path)) {}
  const std::string& path() const { return path_; }
  void read(const std::string& known_mark, Read done) override;
  void write(const std::string& mark_before, const std::string& text, Written done) override;

 private:
  const std::string path_;
};

}  // namespace mpim
