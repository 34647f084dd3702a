// The settings that hold for the whole cluster: kept in its registry, followed by every node.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "server/core/executor.h"
#include "server/registry/settings_edition.h"
#include "server/registry/settings_place.h"

namespace mpim {

struct ClusterSettingsOptions {
  std::string copy;      // a file of this node's own; empty: none
  Millis look_every{0};  // 0: it looks only when it is told to
};

// A node goes by what it last read, which it also writes to a file: one that starts while the
// registry is away goes by that. A registry that has lost them (a Redis that was flushed) gets them
// back, with their history, from the first node that looks; of two that hold different versions the
// higher one wins. What cannot be read is lost, too: it is told in the log, and what the node knows
// takes its place. They are lost only when every node has lost its file, too.
// Threads  known(), standing(), look() and append() from any; the rest, and all calls back, on
//          `home`.
// Time     a change is heard of at once, when it is announced, and otherwise within look_every.
// Limits   kEditionsKept are remembered, fewer when they are more than kHistoryTextMax as a text.
// Errors   append(): kConflict: `after` is not what holds any more; kBadRequest: it would not be
//          read back, and nothing is changed, as with kUnavailable: the registry is away;
//          kUnknown: it went away before it answered.
// Lifetime its home stopped, or stop() called, before it is destroyed.
class ClusterSettings {
 public:
  static constexpr size_t kEditionsKept = 100;
  using Done = UniqueFunction<void(Result<void>)>;
  using History = std::shared_ptr<const SettingsHistory>;

  // Reads the copy.
  ClusterSettings(Executor& home, SettingsPlace& place, ClusterSettingsOptions options);

  // Before start(). Something else holds now.
  void on_changed(std::function<void()> changed) { changed_ = std::move(changed); }
  void start();
  void stop();

  // As this node knows them. Never null.
  History known() const;
  // Looks in the registry. kUnavailable: what is known is as old as the last look.
  void look(Done done = {});
  // Makes `next` hold behind version `after`, and gives it the next version.
  void append(uint64_t after, SettingsEdition next, Done done);
  // Why the last look failed, or found what has to be put back; empty: all is well.
  std::string trouble() const;

 private:
  void look_again();
  Result<void> on_read(Result<SettingsPlace::Kept> kept);
  void take(std::string mark, std::string_view text);
  void put_back(const std::string& why);
  void hold(SettingsHistory history);
  void set_trouble(std::string why);

  Executor& home_;
  SettingsPlace& place_;
  const ClusterSettingsOptions options_;
  std::function<void()> changed_;
  bool stopped_ = false;
  TimerId timer_;
  std::string mark_;  // of what the registry has, as far as we know
  std::string told_;  // why something is put back, as the log has it
  mutable std::mutex mutex_;
  History known_;        // guarded
  std::string trouble_;  // guarded
};

}  // namespace mpim
