// What an operator can ask about what was accepted and could not be stored.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/service/admin/admin_service.h"

namespace mpim {

// A dead letter, read as far as it can be.
struct DeadLetterRow {
  DeadLetter letter;
  std::string ticket;   // what its sender was answered; its client id, too, where he gave none
  Result<Draft> draft;  // kBadRequest: why it cannot be read
};

// A replayed letter is stored at once, whatever waits in the intake: it was accepted before that.
// Threads  one, on its own loop, where replies arrive too.
// Limits   a page has kPage letters at most.
// Errors   kNotFound, kUnavailable, kBusy.
class DeadLetterDesk {
 public:
  static constexpr uint32_t kPage = 100;
  using Reader = Result<Draft> (*)(std::string_view bytes);

  DeadLetterDesk(Executor& home, Storage& storage, Directory& directory, Bus& bus, Reader read)
      : home_(home), storage_(storage), fanout_(home, directory, bus), read_(read) {}

  // Ascending by id, above `after`.
  void list(uint64_t after, uint32_t count_max, Reply<Listing<DeadLetterRow>> reply);
  void find(uint64_t id, Reply<std::pair<DeadLetterRow, ShownNames>> reply);
  // Stores it as if it came now, and removes it, in one transaction that writes a row of the audit
  // log, too. One that was stored before is answered as the duplicate it is, as long as client ids
  // are kept (store.client_id_days). An error says why it stays where it is.
  void replay(const Operator& by, uint64_t id, Reply<SendOutcome> reply);
  // Removes those that are there, with a row of the audit log, and answers their ids.
  void purge(const Operator& by, std::vector<uint64_t> ids, Reply<std::vector<uint64_t>> reply);

 private:
  DeadLetterRow row_of(DeadLetter letter) const;
  Listing<DeadLetterRow> named(Store& store, std::vector<DeadLetter> letters) const;

  Executor& home_;
  Storage& storage_;
  Fanout fanout_;
  const Reader read_;
};

}  // namespace mpim
