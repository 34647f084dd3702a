#include "server/node/settings/followed_settings.h"

#include "server/config/overlay.h"
#include "server/telemetry/log.h"

namespace mpim {

Settings FollowedSettings::take() {
  const SettingsEdition edition = newest(*cluster_.known());
  Overlaid overlaid = overlay(own_, edition.values);
  const std::lock_guard lock(mutex_);
  if (version_ == edition.version && values_ == edition.values) return now_;
  for (const std::string& why : overlaid.left)
    log_warn("settings.not_followed", {{"version", edition.version}, {"why", why}});
  if (edition.version != 0)
    log_info("settings.followed", {{"version", edition.version},
                                   {"values", edition.values.size() - overlaid.left.size()}});
  now_ = std::move(overlaid.settings);
  left_ = std::move(overlaid.left);
  values_ = edition.values;
  version_ = edition.version;
  return now_;
}

Settings FollowedSettings::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

uint64_t FollowedSettings::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

HealthCheck FollowedSettings::check() const {
  const std::string trouble = cluster_.trouble();
  const std::lock_guard lock(mutex_);
  std::string seen = "follows version " + std::to_string(version_) + " of the cluster's, " +
                     std::to_string(values_.size() - left_.size()) + " values";
  const bool degraded = !left_.empty() || !trouble.empty();
  if (degraded) seen = "degraded: " + seen;
  if (!trouble.empty()) seen += ", as it last heard: " + trouble;
  for (const std::string& why : left_) seen += "; not followed: " + why;
  return {.name = "settings", .ok = true, .detail = std::move(seen), .degraded = degraded};
}

std::vector<LiveSetting> FollowedSettings::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<LiveSetting> all;
  for (const SettingRow& row : all_settings()) {
    if (!row.live) continue;
    LiveSetting setting;
    setting.name = row.name;
    setting.value = get_setting(now_, row.name).value();
    setting.own = get_setting(own_, row.name).value();
    setting.accepts = accepted_values(row);
    setting.help = row.help;
    all.push_back(std::move(setting));
  }
  return all;
}

Result<std::string> FollowedSettings::accept(std::string_view name, std::string_view value) const {
  return accept_live(name, value);
}

}  // namespace mpim
