// What waits for a device, for who asks without a session.
#include <algorithm>
#include <utility>

#include "server/core/page_bytes.h"
#include "server/service/message_service.h"

namespace mpim {
namespace {

// So many entries that a device made itself are passed over in one page; beyond them they are
// listed too, so that a page costs no more.
constexpr uint32_t kPassedOverMax = 1'000;

struct InboxQuestion {
  Caller of;
  MessageId after;
  uint32_t count_max = 0;
};

// Fills one page, conversation after conversation.
class PageOfInbox {
 public:
  PageOfInbox(Store& store, const InboxQuestion& question) : store_(store), question_(question) {}

  Result<InboxPage> read() {
    MPIM_TRY(const Inbox inbox, store_.cursors().inbox(question_.of.user, question_.of.device, {}));
    for (const Standing& at : inbox.standings) {
      if (at.conversation < question_.after.conversation()) continue;
      MPIM_CHECKED(add(at));
      if (page_.more) break;
    }
    return std::move(page_);
  }

 private:
  Seq beginning(const Standing& at) const {
    const Seq waits = std::max(at.delivered, std::min(at.expired, at.head));
    const bool shown = at.conversation == question_.after.conversation();
    return shown ? std::max(waits, question_.after.seq()) : waits;
  }

  Result<void> add(const Standing& at) {
    Seq after = beginning(at);
    while (after < at.head && !page_.more) {
      const auto wanted = static_cast<uint32_t>(question_.count_max + 1 - page_.entries.size());
      MPIM_TRY(const Page read, store_.log().after(question_.of.user, at.conversation, after,
                                                   wanted, kPageTextBytes));
      for (const EntryPtr& entry : read.entries) take(entry);
      if (read.through <= after) break;
      after = read.through;
    }
    return {};
  }

  void take(const EntryPtr& entry) {
    if (page_.more) return;
    const bool own = passes_over_ > 0 && entry->sender == question_.of.user &&
                     entry->device == question_.of.device;
    const bool full = page_.entries.size() >= question_.count_max || bytes_ >= kPageTextBytes;
    if (own) --passes_over_;
    page_.more = !own && full;
    if (own || full) return;
    bytes_ += entry->text.size() + entry->ext.size();
    page_.entries.push_back(entry);
  }

  Store& store_;
  const InboxQuestion question_;
  uint32_t passes_over_ = kPassedOverMax;
  uint64_t bytes_ = 0;
  InboxPage page_;
};

}  // namespace

void MessageService::inbox(const Caller& caller, MessageId after, uint32_t count_max,
                           Reply<InboxPage> reply) {
  auto job = [question = InboxQuestion{caller, after, count_max}](Store& store) {
    return PageOfInbox(store, question).read();
  };
  storage_.read(std::move(job), std::move(reply));
}

void MessageService::confirm(const Caller& caller, std::vector<MessageId> arrived,
                             Reply<uint32_t> reply) {
  struct Confirmed {
    std::vector<CursorMove> moves;
    std::vector<ReceiptTold> told;
  };
  auto job = [caller, arrived = std::move(arrived),
              now = home_.clock().wall()](Store& store) -> Result<Confirmed> {
    Cursors& cursors = store.cursors();
    Confirmed done;
    MPIM_TRY(done.moves, cursors.confirm(caller.user, caller.device, arrived));
    for (const CursorMove& move : done.moves) {
      MPIM_TRY(const std::vector<ReceiptTold> more,
               cursors.note_receipt(caller.user, move.conversation, ReceiptKind::kDelivered,
                                    move.delivered, now));
      done.told.insert(done.told.end(), more.begin(), more.end());
    }
    return done;
  };
  auto confirmed = [this, caller, reply = std::move(reply)](Result<Confirmed> done) mutable {
    if (!done.ok()) return reply(done.error());
    reply(static_cast<uint32_t>(done->moves.size()));
    tell(done->told);
    for (const CursorMove& move : done->moves)
      fanout_.tell(caller.user, CursorConfirmed{caller.user, caller.device,
                                                MessageId(move.conversation, move.delivered)});
  };
  storage_.write(ConversationId{}, std::move(job), Reply<Confirmed>(home_, std::move(confirmed)));
}

}  // namespace mpim
