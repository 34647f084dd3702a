// Where the settings of a cluster are kept: one text, and a mark that tells its states apart.
#pragma once

#include <optional>
#include <string>

#include "server/core/result.h"
#include "server/core/unique_function.h"

namespace mpim {

// Threads  the home of the ClusterSettings it belongs to, where the answers come too.
// Order    answers come in the order of the questions.
class SettingsPlace {
 public:
  struct Kept {
    std::string mark;                 // empty: nothing is kept there
    std::optional<std::string> text;  // none: the mark is the one that was named
  };
  using Read = UniqueFunction<void(Result<Kept>)>;
  // The new mark; none: another mark was there than the one that was named, and nothing is done.
  using Written = UniqueFunction<void(Result<std::optional<std::string>>)>;

  virtual ~SettingsPlace() = default;
  virtual void read(const std::string& known_mark, Read done) = 0;
  // Puts `text` in the place of what has this mark, in one step, and tells the other nodes.
  virtual void write(const std::string& mark_before, const std::string& text, Written done) = 0;
};

}  // namespace mpim
