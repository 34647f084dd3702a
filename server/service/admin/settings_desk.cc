#include "server/service/admin/settings_desk.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/telemetry/log.h"

namespace mpim {
namespace {

// A row of the audit log holds so much; the history has all of it.
constexpr size_t kSubjectBytesMax = 1'000;

using Values = std::map<std::string, std::string>;

std::optional<std::string> value_in(const Values& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? std::nullopt : std::optional(found->second);
}

std::vector<SettingChanged> differences(const Values& before, const Values& after) {
  Values all = before;
  all.insert(after.begin(), after.end());
  std::vector<SettingChanged> changes;
  for (const auto& [name, value] : all) {
    SettingChanged change{name, value_in(before, name), value_in(after, name)};
    if (change.before != change.after) changes.push_back(std::move(change));
  }
  return changes;
}

// "version 4: limits.requests_per_s from its own to 5; log.level from debug to its own"
std::string in_words(uint64_t version, const std::vector<SettingChanged>& changes) {
  std::string words = "version " + std::to_string(version) + ":";
  for (const SettingChanged& change : changes) {
    if (words.back() != ':') words += ";";
    words += " " + change.name + " from " + change.before.value_or("each its own") + " to " +
             change.after.value_or("each its own");
  }
  return words;
}

}  // namespace

void SettingsDesk::list(Reply<SettingsView> reply) {
  auto waiting = std::make_shared<Reply<SettingsView>>(std::move(reply));
  cluster_.look([this, waiting](const Result<void>&) {
    SettingsView view{newest(*cluster_.known()), cluster_.trouble(), live_.list()};
    for (LiveSetting& setting : view.settings)
      setting.cluster = value_in(view.edition.values, setting.name);
    (*waiting)(std::move(view));
  });
}

void SettingsDesk::history(uint32_t count_max, Reply<std::vector<SettingsChangeRow>> reply) {
  const ClusterSettings::History known = cluster_.known();
  std::vector<SettingsChangeRow> rows;
  for (size_t i = known->size(); i > 0 && rows.size() < count_max; --i) {
    const SettingsEdition& edition = (*known)[i - 1];
    const Values before = i > 1 ? (*known)[i - 2].values : Values();
    rows.push_back({edition, differences(before, edition.values)});
  }
  reply(std::move(rows));
}

Result<void> SettingsDesk::apply(const SettingOrder& order, SettingsEdition& to) const {
  if (order.value) {
    MPIM_TRY(to.values[order.name], live_.accept(order.name, *order.value));
    return {};
  }
  if (to.values.erase(order.name) != 0) return {};
  const auto known = live_.list();
  if (std::ranges::find(known, order.name, &LiveSetting::name) != known.end()) return {};
  const Result<std::string> why = live_.accept(order.name, "");
  return why.ok() ? Result<void>() : why.error();
}

void SettingsDesk::change(const std::string& by, std::vector<SettingOrder> orders,
                          std::optional<uint64_t> if_version, bool dry_run,
                          Reply<SettingsOutcome> reply) {
  auto make = [this, orders = std::move(orders)](const SettingsHistory& history) {
    SettingsEdition next = newest(history);
    next.change.clear();
    for (const SettingOrder& order : orders) {
      if (const auto applied = apply(order, next); !applied.ok())
        return Result<SettingsEdition>(applied.error());
      if (!next.change.empty()) next.change += ", ";
      next.change += (order.value ? "set " : "unset ") + order.name;
    }
    return Result(std::move(next));
  };
  plan(by, "ChangeSettings", if_version, dry_run, std::move(make), std::move(reply));
}

void SettingsDesk::revert(const std::string& by, uint64_t to, std::optional<uint64_t> if_version,
                          bool dry_run, Reply<SettingsOutcome> reply) {
  auto make = [this, to](const SettingsHistory& history) -> Result<SettingsEdition> {
    SettingsEdition next = newest(history);
    next.change = "revert to " + std::to_string(to);
    next.values.clear();
    if (to == 0) return next;
    const auto found = std::ranges::find(history, to, &SettingsEdition::version);
    if (found == history.end())
      return Error{Code::kNotFound, "version " + std::to_string(to) + " is not remembered"};
    for (const auto& [name, value] : found->values) {
      MPIM_TRY(next.values[name], live_.accept(name, value));
    }
    return next;
  };
  plan(by, "RevertSettings", if_version, dry_run, std::move(make), std::move(reply));
}

void SettingsDesk::plan(const std::string& by, std::string_view action,
                        std::optional<uint64_t> if_version, bool dry_run, Plan make,
                        Reply<SettingsOutcome> reply) {
  auto looked = [this, by, action, if_version, dry_run, make = std::move(make),
                 reply = std::move(reply)](const Result<bool>& read) mutable {
    if (!read.ok())
      return reply(Error{Code::kUnavailable, read.error().message +
                                                 "; nothing was changed, and the nodes go by what "
                                                 "they have"});
    const ClusterSettings::History known = cluster_.known();
    const SettingsEdition held = newest(*known);
    if (if_version && *if_version != held.version)
      return reply(Error{Code::kConflict, "version " + std::to_string(held.version) +
                                              " holds, and not " + std::to_string(*if_version)});
    Result<SettingsEdition> next = make(*known);
    if (!next.ok()) return reply(next.error());
    SettingsOutcome outcome{held.version, differences(held.values, next->values)};
    if (outcome.changes.empty()) return reply(std::move(outcome));
    ++outcome.version;
    if (dry_run) return reply(std::move(outcome));
    next->by = by;
    next->at = home_.clock().wall();
    carry_out(action, std::move(*next), std::move(outcome), std::move(reply));
  };
  auto waiting = std::make_shared<Reply<bool>>(home_, std::move(looked));
  cluster_.look([waiting](const Result<void>& read) {
    (*waiting)(read.ok() ? Result(true) : Result<bool>(read.error()));
  });
}

void SettingsDesk::carry_out(std::string_view action, SettingsEdition next, SettingsOutcome outcome,
                             Reply<SettingsOutcome> reply) {
  std::string words = in_words(outcome.version, outcome.changes);
  const std::string by = next.by;
  auto noted = [this, action, by, words, next = std::move(next), outcome = std::move(outcome),
                reply = std::move(reply)](const Result<bool>& stored) mutable {
    if (!stored.ok()) return reply(stored.error());
    log_info("admin.changed", {{"by", by}, {"action", action}, {"subject", words}});
    auto appended = [this, action, by, words, outcome,
                     reply = std::move(reply)](const Result<bool>& done) mutable {
      if (done.ok()) return reply(std::move(outcome));
      note(by, action, "not done, " + done.error().message + ": " + words,
           Reply<bool>(home_, [](const Result<bool>&) {}));
      reply(done.error());
    };
    auto waiting = std::make_shared<Reply<bool>>(home_, std::move(appended));
    cluster_.append(outcome.version - 1, std::move(next), [waiting](const Result<void>& done) {
      (*waiting)(done.ok() ? Result(true) : Result<bool>(done.error()));
    });
  };
  note(by, action, words, Reply<bool>(home_, std::move(noted)));
}

void SettingsDesk::note(std::string actor, std::string_view action, std::string subject,
                        Reply<bool> reply) {
  if (subject.size() > kSubjectBytesMax) subject.replace(kSubjectBytesMax - 3, subject.npos, "...");
  auto record = [actor = std::move(actor), action = std::string(action),
                 subject = std::move(subject),
                 now = home_.clock().wall()](Store& store) -> Result<bool> {
    MPIM_CHECKED(store.audit().record({now, actor, action, subject}));
    return true;
  };
  storage_.write<bool>(ConversationId{}, std::move(record), std::move(reply));
}

}  // namespace mpim
