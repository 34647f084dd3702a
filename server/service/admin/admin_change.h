// What the files of the admin service share: changes with their audit row, and looking people up.
#pragma once

#include "server/service/admin/admin_service.h"
#include "server/telemetry/log.h"

namespace mpim {

// kNotFound says whom it looked for.
Result<Account> resolve(Store& store, const UserChoice& choice);
// As resolve; kDenied for the system user, who is not to be changed.
Result<Account> resolve_person(Store& store, const UserChoice& choice);
// kNotFound: this user has no device of that name.
Result<Device> device_named(Store& store, const Account& user, const std::string& name);

// Gathers the names an answer needs, each looked up once.
// Threads  the one that holds the Store.
class NameLookup {
 public:
  explicit NameLookup(Store& store) : store_(store) {}
  void user(UserId user);
  void devices_of(UserId user);
  ShownNames take() { return std::move(names_); }

 private:
  Store& store_;
  ShownNames names_;
  std::unordered_map<UserId, bool> devices_known_;
};

// Cuts what a list was asked for by one too many, to learn whether there is more.
template <class T>
Listing<T> listing(std::vector<T> items, uint32_t count_max) {
  const bool more = items.size() > count_max;
  if (more) items.erase(items.begin() + count_max, items.end());
  return {.items = std::move(items), .more = more};
}

template <class T, class F>
void AdminService::change(const Operator& by, std::string_view action, F job, Reply<T> reply) {
  auto audited = [job = std::move(job), actor = by.name, action = std::string(action),
                  now = home_.clock().wall()](Store& store) mutable -> Result<Changed<T>> {
    MPIM_TRY(Changed<T> changed, job(store));
    MPIM_CHECKED(store.audit().record(
        {.at = now, .actor = actor, .action = action, .subject = changed.subject}));
    return changed;
  };
  auto stored = [this, actor = by.name, action = std::string(action),
                 reply = std::move(reply)](Result<Changed<T>> changed) mutable {
    if (!changed.ok()) {
      if (profiles_ != nullptr) profiles_->forget_all();
      return reply(changed.error());
    }
    if (profiles_ != nullptr && changed->profile) profiles_->forget(changed->profile);
    log_info("admin.changed", {{"by", actor}, {"action", action}, {"subject", changed->subject}});
    reply(std::move(changed->answer));
    for (const Appended& appended : changed->entries) fanout_.committed(appended);
    for (auto& [user, envelope] : changed->told) fanout_.tell(user, std::move(envelope));
  };
  storage_.write(ConversationId{}, std::move(audited), Reply<Changed<T>>(home_, std::move(stored)));
}

}  // namespace mpim
