// What an operator can ask of the settings that all nodes of a cluster follow.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/core/reply.h"
#include "server/registry/cluster_settings.h"
#include "server/service/admin/live_settings.h"
#include "server/store/storage.h"

namespace mpim {

// `value` none: each node its own.
struct SettingOrder {
  std::string name;
  std::optional<std::string> value;
};

struct SettingChanged {
  std::string name;
  std::optional<std::string> before;
  std::optional<std::string> after;
};

struct SettingsView {
  SettingsEdition edition;  // that holds
  std::string trouble;      // the registry could not be asked: as this node last heard
  std::vector<LiveSetting> settings;
};

struct SettingsOutcome {
  uint64_t version = 0;                 // that holds afterwards; of a dry run, that would
  std::vector<SettingChanged> changes;  // ascending by name; none: it was so already
};

struct SettingsChangeRow {
  SettingsEdition edition;
  std::vector<SettingChanged> changes;  // against the one before
};

// A change is all or nothing. There is a row of the audit log before it is made, and another one
// when it then was not.
// Threads  one, on its own loop, where replies arrive too.
// Errors   kNotFound, kBadRequest as LiveSettings::accept; kConflict: somebody else was first;
//          kUnavailable: the registry is away, or the store, which keeps the audit log: nothing is
//          changed, and all nodes go by what they have; kUnknown.
class SettingsDesk {
 public:
  SettingsDesk(Executor& home, Storage& storage, ClusterSettings& cluster, LiveSettings& live)
      : home_(home), storage_(storage), cluster_(cluster), live_(live) {}

  void list(Reply<SettingsView> reply);
  // Newest first. Those that are still remembered.
  void history(uint32_t count_max, Reply<std::vector<SettingsChangeRow>> reply);
  // `if_version`: only while that one holds. What is so already is no change.
  void change(const std::string& by, std::vector<SettingOrder> orders,
              std::optional<uint64_t> if_version, bool dry_run, Reply<SettingsOutcome> reply);
  // All values as they were in that version; 0: none. kNotFound: it is not remembered.
  void revert(const std::string& by, uint64_t to, std::optional<uint64_t> if_version, bool dry_run,
              Reply<SettingsOutcome> reply);

 private:
  // What is to hold, made from what does.
  using Plan = std::function<Result<SettingsEdition>(const SettingsHistory&)>;
  void plan(const std::string& by, std::string_view action, std::optional<uint64_t> if_version,
            bool dry_run, Plan make, Reply<SettingsOutcome> reply);
  void carry_out(std::string_view action, SettingsEdition next, SettingsOutcome outcome,
                 Reply<SettingsOutcome> reply);
  void note(std::string actor, std::string_view action, std::string subject, Reply<bool> reply);
  Result<void> apply(const SettingOrder& order, SettingsEdition& to) const;

  Executor& home_;
  Storage& storage_;
  ClusterSettings& cluster_;
  LiveSettings& live_;
};

}  // namespace mpim
