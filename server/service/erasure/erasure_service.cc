#include "server/service/erasure/erasure_service.h"

#include <algorithm>

#include "server/service/admin/admin_change.h"
#include "server/telemetry/log.h"

namespace mpim {
namespace {

constexpr uint32_t kDoublings = 8;  // of the pause after a failure

// By number also somebody who was removed: he has no name by which he could be found.
Result<UserId> anybody(Store& store, const UserChoice& choice) {
  if (const UserId* const id = std::get_if<UserId>(&choice)) {
    MPIM_CHECKED(store.erasures().name_of(*id));
    return *id;
  }
  MPIM_TRY(const Account account, resolve(store, choice));
  return account.id;
}

}  // namespace

void ErasureService::resume() { resume_after(0, 0); }

void ErasureService::resume_after(uint64_t erasure, uint32_t failures) {
  constexpr uint32_t kPage = 100;
  auto read = [this, erasure, failures](const Result<std::vector<Erasure>>& found) {
    if (!found.ok()) {
      log_warn("erasure.not_resumed", {{"after", erasure}, {"why", found.error().message}});
      home_.after(pause_after(failures),
                  [this, erasure, failures] { resume_after(erasure, failures + 1); });
      return;
    }
    if (found->empty()) return;
    for (const Erasure& each : *found)
      if (each.finished_at.ms == 0) remove_then_erase({each.actor}, each, {}, 0);
    resume_after(found->back().id, 0);
  };
  storage_.read([erasure](Store& store) { return store.erasures().list(erasure, kPage); },
                Reply<std::vector<Erasure>>(home_, std::move(read)));
}

void ErasureService::plan(UserChoice user, Reply<ErasurePlan> reply) {
  auto removal = [this, user, reply = std::move(reply)](Result<RemovedUser> removed) mutable {
    const UserId* const number = std::get_if<UserId>(&user);
    if (!removed.ok() && removed.error().code == Code::kNotFound && number != nullptr)
      return plan_removed(*number, std::move(reply));
    if (!removed.ok()) return reply(removed.error());
    auto plan = std::make_shared<ErasurePlan>(
        ErasurePlan{std::move(removed->user), removed->devices, removed->groups, {}});
    count_on(std::move(plan), {}, std::move(reply));
  };
  admin_.remove_user({}, std::move(user), true, Reply<RemovedUser>(home_, std::move(removal)));
}

void ErasureService::plan_removed(UserId user, Reply<ErasurePlan> reply) {
  auto named = [this, user, reply = std::move(reply)](Result<std::string> name) mutable {
    if (!name.ok()) return reply(name.error());
    auto plan = std::make_shared<ErasurePlan>();
    plan->user.account.id = user;
    plan->user.account.name = std::move(*name);
    count_on(std::move(plan), {}, std::move(reply));
  };
  storage_.read([user](Store& store) { return store.erasures().name_of(user); },
                Reply<std::string>(home_, std::move(named)));
}

void ErasureService::count_on(std::shared_ptr<ErasurePlan> so_far, ErasurePlace from,
                              Reply<ErasurePlan> reply) {
  auto job = [user = so_far->user.account.id, from](Store& store) {
    return store.erasures().look(user, from, kLookEntries, 0);
  };
  auto read = [this, so_far, reply = std::move(reply)](const Result<ErasureLook>& look) mutable {
    if (!look.ok()) return reply(look.error());
    so_far->counts.conversations += look->found.conversations;
    so_far->counts.messages += look->found.messages;
    so_far->counts.files += look->found.files;
    if (!look->more) return reply(*so_far);
    count_on(std::move(so_far), look->next, std::move(reply));
  };
  storage_.read(std::move(job), Reply<ErasureLook>(home_, std::move(read)));
}

void ErasureService::erase(const Operator& by, UserChoice user, Reply<Erasure> reply) {
  auto job = [by, user = std::move(user),
              now = home_.clock().wall()](Store& store) -> Result<Erasure> {
    MPIM_TRY(const UserId person, anybody(store, user));
    const std::string subject = "user " + std::to_string(person.value);
    MPIM_CHECKED(store.audit().record(
        {.at = now, .actor = by.name, .action = "EraseUser", .subject = subject}));
    return store.erasures().begin(person, by.name, now);
  };
  auto begun = [this, by, reply = std::move(reply)](Result<Erasure> erasure) mutable {
    if (!erasure.ok()) return reply(erasure.error());
    log_info("erasure.begun", {{"by", by.name}, {"user", erasure->user.value}});
    remove_then_erase(by, *erasure, std::move(reply), 0);
  };
  storage_.write<Erasure>(ConversationId{}, std::move(job),
                          Reply<Erasure>(home_, std::move(begun)));
}

void ErasureService::remove_then_erase(const Operator& by, const Erasure& erasure,
                                       Reply<Erasure> reply, uint32_t failures) {
  auto removed = [this, by, erasure, failures,
                  reply = std::move(reply)](const Result<RemovedUser>& outcome) mutable {
    // Removed before: by hand, or the erasure was cut off in the middle.
    if (outcome.ok() || outcome.error().code == Code::kNotFound) {
      step(erasure.id, 0);
      if (reply.waiting()) reply(erasure);
      return;
    }
    log_warn("erasure.failed", {{"erasure", erasure.id}, {"why", outcome.error().message}});
    if (reply.waiting()) reply(outcome.error());
    home_.after(pause_after(failures), [this, by, erasure, failures] {
      remove_then_erase(by, erasure, {}, failures + 1);
    });
  };
  admin_.remove_user(by, erasure.user, false, Reply<RemovedUser>(home_, std::move(removed)));
}

Millis ErasureService::pause_after(uint32_t failures) const {
  return options_.step_pause + Millis(50) * (1U << std::min(failures, kDoublings));
}

void ErasureService::step(uint64_t erasure, uint32_t failures) {
  auto job = [erasure, entries = options_.step_entries, now = home_.clock().wall()](Store& store) {
    return store.erasures().step(erasure, entries, now);
  };
  auto stepped = [this, erasure, failures](const Result<ErasureStep>& done) {
    if (!done.ok()) {
      log_warn("erasure.failed", {{"erasure", erasure}, {"why", done.error().message}});
      home_.after(pause_after(failures),
                  [this, erasure, failures] { step(erasure, failures + 1); });
      return;
    }
    remove_bytes(done->files);
    const Erasure& now = done->erasure;
    if (now.finished_at.ms == 0)
      home_.after(options_.step_pause, [this, erasure] { step(erasure, 0); });
    else
      log_info("erasure.done", {{"user", now.user.value}, {"messages", now.done.messages}});
  };
  storage_.write<ErasureStep>(ConversationId{}, std::move(job),
                              Reply<ErasureStep>(home_, std::move(stepped)));
}

// What a crash keeps from going now goes when nobody is found to name it.
void ErasureService::remove_bytes(const std::vector<StoredFile>& files) {
  if (files_ == nullptr || files.empty()) return;
  std::vector<FileHash> hashes;
  for (const StoredFile& file : files) hashes.push_back(file.hash);
  files_->remove_unnamed(std::move(hashes), {});
}

void ErasureService::find(UserId user, Reply<Erasure> reply) {
  storage_.read([user](Store& store) { return store.erasures().find(user); }, std::move(reply));
}

void ErasureService::list(uint64_t after, uint32_t count_max, Reply<Listing<Erasure>> reply) {
  auto job = [after, count_max](Store& store) -> Result<Listing<Erasure>> {
    MPIM_TRY(std::vector<Erasure> found, store.erasures().list(after, count_max + 1));
    return listing(std::move(found), count_max);
  };
  storage_.read(std::move(job), std::move(reply));
}

void ErasureService::check(UserId user, Reply<ErasureCheck> reply) {
  auto job = [user](Store& store) -> Result<ErasureCheck> {
    ErasureCheck check;
    MPIM_TRY(check.erasure, store.erasures().find(user));
    MPIM_TRY(check.left, store.erasures().left_of(user));
    return check;
  };
  auto read = [this, reply = std::move(reply)](Result<ErasureCheck> check) mutable {
    if (!check.ok()) return reply(check.error());
    if (check->erasure.finished_at.ms == 0) check->left.emplace_back("the erasure is under way");
    check_on(std::make_shared<ErasureCheck>(std::move(*check)), {}, std::move(reply));
  };
  storage_.read(std::move(job), Reply<ErasureCheck>(home_, std::move(read)));
}

void ErasureService::check_on(std::shared_ptr<ErasureCheck> so_far, ErasurePlace from,
                              Reply<ErasureCheck> reply) {
  auto job = [user = so_far->erasure.user, from](Store& store) {
    return store.erasures().look(user, from, kLookEntries, kLeftMax);
  };
  auto read = [this, so_far, reply = std::move(reply)](const Result<ErasureLook>& look) mutable {
    if (!look.ok()) return reply(look.error());
    for (const MessageId message : look->messages)
      if (so_far->left.size() < kLeftMax)
        so_far->left.push_back("message " + std::to_string(message.value));
    for (const std::string& row : look->rows)
      if (so_far->left.size() < kLeftMax) so_far->left.push_back(row);
    if (!look->more) return reply(*so_far);
    check_on(std::move(so_far), look->next, std::move(reply));
  };
  storage_.read(std::move(job), Reply<ErasureLook>(home_, std::move(read)));
}

void ErasureService::export_messages(UserChoice user, bool all, ErasurePlace from,
                                     uint32_t count_max, Reply<ExportedPage> reply) {
  auto job = [user = std::move(user), all, from, count_max](Store& store) -> Result<ExportedPage> {
    MPIM_TRY(const UserId person, anybody(store, user));
    MPIM_TRY(const Inbox inbox, store.cursors().inbox(person, DeviceId(), {}));
    const auto here =
        std::ranges::lower_bound(inbox.standings, from.conversation, {}, &Standing::conversation);
    ExportedPage page;
    if (here == inbox.standings.end()) return page;
    const Seq after = here->conversation == from.conversation ? from.seq : Seq();
    MPIM_TRY(Page read, store.log().after(person, here->conversation, after, count_max,
                                          AdminService::kReadBytes));
    page.next = read.through < read.head
                    ? ErasurePlace{here->conversation, read.through}
                    : ErasurePlace{ConversationId(here->conversation.value + 1), {}};
    page.more = true;
    NameLookup names(store);
    for (EntryPtr& entry : read.entries) {
      if (!all && entry->sender != person) continue;
      names.user(entry->sender);
      names.user(entry->subject);
      page.entries.push_back(std::move(entry));
    }
    page.names = names.take();
    return page;
  };
  storage_.read(std::move(job), std::move(reply));
}

}  // namespace mpim
