// Forgetting a person: what he wrote and told of himself goes, the places of his messages stay.
#pragma once

#include <string>
#include <vector>

#include "server/core/file.h"
#include "server/core/message.h"
#include "server/core/result.h"

namespace mpim {

// How many of a person's traces were counted, or removed.
struct ErasureCounts {
  uint64_t conversations = 0;  // that he ever belonged to
  uint64_t messages = 0;       // of his, with a text, a file or more still in them
  uint64_t files = 0;          // uploads
};

// The receipt: it names nobody.
struct Erasure {
  uint64_t id = 0;
  UserId user;
  std::string actor;  // who asked for it
  Timestamp started_at;
  Timestamp finished_at = {};  // 0: it is under way
  ErasureCounts done = {};
};

// What one step did: where the erasure stands, and the uploads whose bytes may go now.
struct ErasureStep {
  Erasure erasure;
  std::vector<StoredFile> files = {};
};

// A place in the walk through everything a person wrote.
struct ErasurePlace {
  ConversationId conversation;
  Seq seq;
};

// What one look along that walk found.
struct ErasureLook {
  ErasureCounts found;
  std::vector<MessageId> messages;  // the first of them, at most as many as was asked for
  std::vector<std::string> rows;    // left beside its entries, in words, if any are named
  ErasurePlace next;
  bool more = false;
};

// Threads  the one that holds the Store.
// Order    a person is removed (Accounts::remove) before the first step, so that he adds nothing.
// Limits   a look reads at most `entries_max` entries, of one conversation. A step reads at most
//          `rows_max` entries and removes at most as many rows besides; what is left of them is the
//          next step's.
// Errors   kUnavailable when the database fails; kNotFound for an erasure that does not exist.
class Erasures {
 public:
  virtual ~Erasures() = default;

  // Goes on from `from`. Conversations and uploads are counted when they are first met.
  virtual Result<ErasureLook> look(UserId user, ErasurePlace from, uint32_t entries_max,
                                   size_t named_max) = 0;
  // The name of somebody who is here or was removed; one who was erased has another. kNotFound.
  virtual Result<std::string> name_of(UserId user) = 0;
  // Notes that he, who may be removed already, is to be erased; the one that was begun before, if
  // there is one. kNotFound: nobody ever had this number. kDenied: the system user.
  virtual Result<Erasure> begin(UserId user, const std::string& actor, Timestamp now) = 0;
  // Takes the text, files and client ids out of his messages from where the last step ended; then
  // his uploads, also out of others' messages; the last step empties his profile.
  virtual Result<ErasureStep> step(uint64_t erasure, uint32_t rows_max, Timestamp now) = 0;
  // What is left of him that should not be, in words: of the person's own rows, and of the audit
  // log since his erasure began; his messages, and what belongs to them, are what look() finds.
  virtual Result<std::vector<std::string>> left_of(UserId user) = 0;

  virtual Result<Erasure> find(UserId user) = 0;  // kNotFound
  // Ascending by id above `after`.
  virtual Result<std::vector<Erasure>> list(uint64_t after, uint32_t count_max) = 0;
};

}  // namespace mpim
