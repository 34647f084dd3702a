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
  Result<void> taken;
  if (!kept.ok()) {
    taken = kept.error();
  } else if (kept->text || kept->mark.empty()) {
    taken = take(std::move(kept->mark), kept->text.value_or(""));
  }
  set_trouble(taken.ok() ? "" : taken.error().message);
  return taken;
}

// What has gone back, or is gone, was lost: nobody takes a version away.
Result<void> ClusterSettings::take(std::string mark, std::string_view text) {
  MPIM_TRY(SettingsHistory found, history_from(text));
  const uint64_t version = newest(found).version;
  const uint64_t ours = newest(*known()).version;
  const bool lost = version < heard_ || (version == 0 && ours > 0);
  mark_ = std::move(mark);
  if (lost) {
    put_back(mark_);
    return {};
  }
  heard_ = version;
  if (found != *known()) hold(std::move(found));
  return {};
}

void ClusterSettings::put_back(const std::string& mark_before) {
  const History known = this->known();
  log_warn("settings.put_back", {{"version", newest(*known).version},
                                 {"why", "the registry has lost them, or has older ones"}});
  place_.write(
      mark_before, text_of(*known),
      [this, version = newest(*known).version](const Result<std::optional<std::string>>& written) {
        if (!written.ok()) return set_trouble(written.error().message);
        if (!*written) return look();  // another node was first
        mark_ = **written;
        heard_ = version;
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
    const std::string text = text_of(history);
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
                   heard_ = newest(history).version;
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
