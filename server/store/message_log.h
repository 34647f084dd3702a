// The log of every conversation: append and read.
#pragma once

#include <span>

#include "server/core/conversation.h"
#include "server/core/message.h"
#include "server/core/result.h"

namespace mpim {

// What an append did. A repeat of a stored client id has no entry: nothing is fanned out again.
struct Appended {
  Committed committed;
  EntryPtr entry;
  Audience audience;
};

// A conversation whose head moved lately.
struct ChangedHead {
  Audience audience;
  Seq head;
};

// A place in the order in which heads move, as the store counts it; 0: where it ended when this
// process opened the store. A store that others write to, too, tells a head more than once.
struct ChangePlace {
  uint64_t value = 0;
  ConversationId after{};  // of those that moved at one moment
};

struct Changes {
  std::vector<ChangedHead> heads;  // each conversation once
  ChangePlace next;                // where the next question goes on: nothing is passed over
  bool more = false;               // `next` is not the end yet
};

// A reader sees what his membership intervals show; operators (the system user) see every log as it
// is, and may recall anything at any time.
// Threads  the one that holds the Store.
// Errors   kUnavailable when the database fails; the others as each function says.
class MessageLog {
 public:
  virtual ~MessageLog() = default;

  // Checks the sender's right and takes the conversation's next seq in the caller's transaction;
  // makes the direct conversation when it is the first message of two users. kNotFound: no such
  // user or group, or no file that the sender may read. kBadRequest: the file is of another kind
  // than the message. kNotMember, kDisabled (the receiver's account or the sender's). kConflict:
  // this client id was used for another body. kLimit: the conversation is full.
  virtual Result<Appended> append(const Draft& draft, Timestamp now) = 0;
  // These will be appended in this transaction: what they need is read and held in one go.
  virtual Result<void> expect(std::span<const Draft* const> drafts) = 0;

  // What `reader` may see of `of` above `after`, oldest first, at most `count_max` entries and
  // about `bytes_max` of text. An entry his membership intervals or the floor exclude is passed
  // over, and `through` counts it as read. kNotFound when he never was a member.
  virtual Result<Page> after(UserId reader, ConversationId of, Seq after, uint32_t count_max,
                             uint32_t bytes_max) = 0;

  // Puts another text in the place of a message's, or takes it back: it stays where it is, without
  // text; an entry of the log says so to whoever has it already. Its sender may for a while, and an
  // admin of the group may recall at any time. kNotFound: no message he may read. kDenied: it is
  // not his, or too late. kConflict: it was recalled before, or the text is the same.
  virtual Result<Appended> change(const EntryChange& change, Timestamp now) = 0;

  // A page of what `reader` may see: backwards from below `bound`, or forwards from above it.
  // Entries come ascending either way. kNotFound when he never was a member.
  virtual Result<HistoryPage> history(UserId reader, const HistoryPlace& from, uint32_t count_max,
                                      uint32_t bytes_max) = 0;
  // The last entry committed before `at`, as a place to read from; 0 when there is none.
  virtual Result<Seq> last_before(ConversationId of, Timestamp at) = 0;
  // The conversation a user has with another, or of a group. kNotFound: there is none (yet).
  virtual Result<ConversationId> conversation_of(UserId reader, const Recipient& with) = 0;
  // Takes a message out of one reader's own sight, in history, search and lists. Others keep it.
  // kNotFound: he may not read it.
  virtual Result<void> hide(UserId reader, MessageId message) = 0;

  // One entry, whoever asks: for operators. kNotFound.
  virtual Result<EntryPtr> find(MessageId id) = 0;

  // Who hears of a conversation now. kNotFound.
  virtual Result<Audience> audience(ConversationId of) = 0;

  // Conversations whose head moved after `since`. What was told before may be told again. Where
  // the log itself has to be read for it, at most `entries_max` of its entries are looked at.
  virtual Result<Changes> changed_since(ChangePlace since, uint32_t entries_max) = 0;
};

}  // namespace mpim
