// The lines typed before, in memory and in a file of their owner's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mpim::chat {

// Threads  one.
// Limits   kLinesMax lines; the oldest go.
// Errors   a file that cannot be read or written is done without.
// Secrets  lines that log in or register, and lines that begin with a blank, are not kept.
class LineHistory {
 public:
  static constexpr size_t kLinesMax = 1'000;

  // `path` empty: in memory alone. The file is made with mode 0600.
  explicit LineHistory(std::string path);

  void add(std::string_view line);
  // One line back; `typed` is what stands on the line now, and comes again at the end of newer().
  // Nothing when there is none.
  const std::string* older(const std::string& typed);
  const std::string* newer();
  // The line was finished: begin at the newest again.
  void rest() { at_ = lines_.size(); }

  const std::vector<std::string>& lines() const { return lines_; }

 private:
  void load();
  void save_last() const;
  void save_all() const;

  std::string path_;
  std::vector<std::string> lines_;
  size_t at_ = 0;  // lines_.size(): the line being typed
  std::string typed_;
};

}  // namespace mpim::chat
