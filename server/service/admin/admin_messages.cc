// The admin service's calls about messages.
#include <algorithm>

#include "server/service/admin/admin_change.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

Result<Draft> draft_of(Store& store, const OperatorDraft& given) {
  MPIM_TRY(const Account from, resolve(store, given.from));
  Draft draft{.to = UserId{},
              .sender = from.id,
              .device = {},
              .client_id = given.client_id,
              .text = given.text};
  if (const GroupId* group = std::get_if<GroupId>(&given.to)) {
    draft.to = *group;
    return draft;
  }
  MPIM_TRY(const Account to, resolve(store, std::get<UserChoice>(given.to)));
  draft.to = to.id;
  return draft;
}

Result<Appended> store_one(Store& store, const Result<OperatorDraft>& given, Timestamp now) {
  if (!given.ok()) return given.error();
  MPIM_TRY(const Draft draft, draft_of(store, *given));
  return store.log().append(draft, now);
}

// What the whole transaction must not survive.
bool is_fatal(Code code) {
  return code == Code::kUnavailable || code == Code::kUnknown || code == Code::kInternal;
}

void count_outcome(const SendOutcome& outcome) {
  if (!outcome.ok()) return count(Counter::kMessagesRefused);
  count(outcome->duplicate ? Counter::kMessagesDuplicate : Counter::kMessagesSent);
}

// Everybody who may see an entry: the members of now, and those it came from and was about.
Result<std::vector<UserId>> readers_of(Store& store, const Entry& entry) {
  std::vector<UserId> users{entry.sender};
  if (entry.subject) users.push_back(entry.subject);
  MPIM_TRY(const Audience audience, store.log().audience(entry.conversation));
  if (audience.direct()) {
    users.insert(users.end(), {audience.one, audience.other});
  } else {
    MPIM_TRY(const std::vector<Member> members,
             store.groups().members(audience.group, {}, AdminService::kDeliveriesMax + 1));
    for (const Member& member : members) users.push_back(member.user);
  }
  std::ranges::sort(users);
  users.erase(std::unique(users.begin(), users.end()), users.end());
  return users;
}

Result<bool> may_see(Store& store, UserId user, const Entry& entry) {
  const Result<Page> page =
      store.log().after(user, entry.conversation, Seq(entry.seq.value - 1), 1, 1);
  if (!page.ok() && page.error().code == Code::kNotFound) return false;
  if (!page.ok()) return page.error();
  return !page->entries.empty() && page->entries.front()->seq == entry.seq;
}

Result<void> add_deliveries(Store& store, UserId user, const Entry& entry,
                            std::vector<Delivery>& into) {
  MPIM_TRY(const bool readable, may_see(store, user, entry));
  if (!readable) return {};
  MPIM_TRY(std::vector<Device> devices, store.accounts().devices(user));
  std::ranges::sort(devices, {}, &Device::id);
  for (const Device& device : devices) {
    MPIM_TRY(const Standing standing,
             store.cursors().standing(user, device.id, entry.conversation));
    const bool own = device.id == entry.device;
    const bool shown = standing.read >= entry.seq;  // who has read it has it
    const bool delivered = own || shown || standing.delivered >= entry.seq;
    into.push_back({.user = user,
                    .device = device.id,
                    .delivered = delivered,
                    .read = shown || (user == entry.sender && delivered),
                    .own = own});
  }
  return {};
}

}  // namespace

void AdminService::send_messages(const Operator& by, std::vector<Result<OperatorDraft>> drafts,
                                 Reply<std::vector<SendOutcome>> reply) {
  if (drafts.empty()) return reply(Error{Code::kBadRequest, "there is no message to send"});
  auto job = [drafts = std::move(drafts), now = home_.clock().wall()](
                 Store& store) -> Result<Changed<std::vector<SendOutcome>>> {
    Changed<std::vector<SendOutcome>> changed{
        .answer = {}, .subject = std::to_string(drafts.size()) + " messages"};
    for (const Result<OperatorDraft>& draft : drafts) {
      Result<Appended> appended = store_one(store, draft, now);
      if (!appended.ok()) {
        if (is_fatal(appended.error().code)) return appended.error();
        changed.answer.emplace_back(appended.error());
        continue;
      }
      changed.answer.emplace_back(appended->committed);
      changed.entries.push_back(std::move(*appended));
    }
    return changed;
  };
  auto sent = [reply = std::move(reply)](Result<std::vector<SendOutcome>> outcomes) mutable {
    if (outcomes.ok()) std::ranges::for_each(*outcomes, count_outcome);
    reply(std::move(outcomes));
  };
  change(by, "SendMessages", std::move(job),
         Reply<std::vector<SendOutcome>>(home_, std::move(sent)));
}

void AdminService::get_message(MessageId id, Reply<MessageDetail> reply) {
  auto job = [id](Store& store) -> Result<MessageDetail> {
    MPIM_TRY(EntryPtr entry, store.log().find(id));
    MPIM_TRY(const std::vector<UserId> users, readers_of(store, *entry));
    std::vector<Delivery> deliveries;
    for (const UserId user : users) {
      if (deliveries.size() > kDeliveriesMax) break;
      MPIM_CHECKED(add_deliveries(store, user, *entry, deliveries));
    }
    MessageDetail detail{std::move(entry), listing(std::move(deliveries), kDeliveriesMax)};
    NameLookup names(store);
    names.user(detail.entry->sender);
    names.user(detail.entry->subject);
    for (const Delivery& delivery : detail.deliveries.items) {
      names.user(delivery.user);
      names.devices_of(delivery.user);
    }
    detail.deliveries.names = names.take();
    return detail;
  };
  storage_.read(std::move(job), std::move(reply));
}

}  // namespace mpim
