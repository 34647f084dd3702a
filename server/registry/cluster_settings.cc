#include "server/registry/cluster_settings.h"

#include "server/registry/settings_copy.h"
#include "server/telemetry/log.h"

namespace mpim {

ClusterSettings::ClusterSettings(Executor& home, SettingsPlace& place,
                                 ClusterSettingsOptions options)
    : home_(home),
      place_(place),
      options_(std::move(options)),
      known_(std::make_shared<const SettingsHistory>()) {
  if (options_.copy.empty()) return;
  const Result<std::string> text = read_settings_copy(options_.copy);
  Result<SettingsHistory> history = text.ok() ? history_from(*text) : text.error();
  if (history.ok()) {
    known_ = std::make_shared<const SettingsHistory>(std::move(*history));
  } else {
    log_warn("settings.copy_unreadable",
             {{"path", options_.copy}, {"why", history.error().message}});
  }
}

void ClusterSettings::start() { look_again(); }

void ClusterSettings::stop() {
  stopped_ = true;
  home_.cancel(timer_);
}

void ClusterSettings::look_again() {
  look();
  if (options_.look_every == Millis(0)) return;
  home_.cancel(timer_);
  timer_ = home_.after(options_.look_every, [this] { look_again(); });
}

ClusterSettings::History ClusterSettings::known() const {
  const std::lock_guard lock(mutex_);
  return known_;
}

std::string ClusterSettings::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void ClusterSettings::look(Done done) {
  home_.post([this, done = std::move(done)]() mutable {
    if (stopped_) return;
    place_.read(mark_, [this, done = std::move(done)](Result<SettingsPlace::Kept> kept) mutable {
      const Result<void> read = on_read(std::move(kept));
      if (done) done(read);
    });
  });
}

Result<void> ClusterSettings::on_read(Result<SettingsPlace::Kept> kept) {
  if (!kept.ok()) {
    set_trouble(kept.error().message);
    return kept.error();
  }
  if (kept->text || kept->mark.empty()) {
    take(std::move(kept->mark), kept->text.value_or(""));
  } else {
    set_trouble("");
  }
  return {};
}

// What has gone back, or is gone, was lost: nobody takes a version away. What cannot be read is
// lost, too: it would stand there until somebody looked.
void ClusterSettings::take(std::string mark, std::string_view text) {
  Result<SettingsHistory> found = history_from(text);
  mark_ = std::move(mark);
  if (!found.ok())
    return put_back("what the registry has cannot be read: " + found.error().message);
  if (newest(*found).version < newest(*known()).version)
    return put_back("the registry has lost them, or has older ones");
  told_.clear();
  set_trouble("");
  if (*found != *known()) hold(std::move(*found));
}

void ClusterSettings::put_back(const std::string& why) {
  const History known = this->known();
  set_trouble(why);
  if (std::exchange(told_, why) != why)
    log_warn("settings.put_back", {{"version", newest(*known).version}, {"why", why}});
  place_.write(mark_, text_of(*known),
               [this, why](const Result<std::optional<std::string>>& written) {
                 if (!written.ok()) {
                   mark_.clear();  // so that the next look tries again
                   return set_trouble(why + "; putting them back: " + written.error().message);
                 }
                 if (!*written) return look();  // another node was first
                 mark_ = **written;
                 told_.clear();
                 set_trouble("");
               });
}

void ClusterSettings::append(uint64_t after, SettingsEdition next, Done done) {
  home_.post([this, after, next = std::move(next), done = std::move(done)]() mutable {
    SettingsHistory history = *known();
    const SettingsEdition held = newest(history);
    if (held.version != after)
      return done(Error{Code::kConflict, "version " + std::to_string(held.version) + " holds, by " +
                                             held.by + ", and not " + std::to_string(after)});
    next.version = after + 1;
    history.push_back(std::move(next));
    if (history.size() > kEditionsKept)
      history.erase(history.begin(), history.end() - kEditionsKept);
    std::string text = text_of(history);
    for (; text.size() > kHistoryTextMax && history.size() > 1; text = text_of(history))
      history.erase(history.begin());
    if (const auto again = history_from(text); !again.ok())
      return done(Error{Code::kBadRequest,
                        "they would not be read back, and are left: " + again.error().message});
    place_.write(mark_, text,
                 [this, history = std::move(history), done = std::move(done)](
                     const Result<std::optional<std::string>>& written) mutable {
                   if (!written.ok()) return done(written.error());
                   if (!*written) {
                     look();
                     return done(Error{Code::kConflict,
                                       "somebody else changed them in the same moment: look what "
                                       "holds now, and try again"});
                   }
                   mark_ = **written;
                   hold(std::move(history));
                   done({});
                 });
  });
}

void ClusterSettings::hold(SettingsHistory history) {
  const SettingsEdition now = newest(history);
  const std::string text = text_of(history);
  {
    const std::lock_guard lock(mutex_);
    known_ = std::make_shared<const SettingsHistory>(std::move(history));
  }
  log_info("settings.changed", {{"version", now.version}, {"by", now.by}, {"change", now.change}});
  if (!options_.copy.empty())
    if (const auto kept = write_settings_copy(options_.copy, text); !kept.ok())
      log_warn("settings.copy_not_written", {{"why", kept.error().message}});
  if (changed_) changed_();
}

void ClusterSettings::set_trouble(std::string why) {
  const std::lock_guard lock(mutex_);
  trouble_ = std::move(why);
}

}  // namespace mpim
