// What a person may ask for: a copy of what is kept of him, or that it be forgotten.
#pragma once

#include <map>

#include "server/service/admin/admin_service.h"
#include "server/service/files/file_service.h"

namespace mpim {

// What an erasure would take away.
struct ErasurePlan {
  UserRow user;
  uint32_t devices = 0;
  uint32_t groups = 0;
  ErasureCounts counts;
};

// What is left of somebody who was erased.
struct ErasureCheck {
  Erasure erasure;
  std::vector<std::string> left;  // in words; empty: nothing is
};

// A page of what a person wrote, or may read.
struct ExportedPage {
  std::vector<EntryPtr> entries;
  ErasurePlace next;
  bool more = false;
  ShownNames names;
};

struct ErasureOptions {
  uint32_t step_entries = 1'000;  // of the log, and rows beside it, in one transaction
  Millis step_pause{20};          // between two of them
};

// Threads  one, on its own loop, where replies arrive too.
// Order    an erasure that was begun is finished: when the node ends meanwhile, the next one goes
//          on with it (resume()).
//          Somebody who was removed before is found by his number.
// Errors   kNotFound for an unknown user; kDenied for the system user; kUnavailable, kBusy.
class ErasureService {
 public:
  // `files` null: there are no uploads here.
  ErasureService(Executor& home, Storage& storage, AdminService& admin, FileService* files,
                 const ErasureOptions& options)
      : home_(home), storage_(storage), admin_(admin), files_(files), options_(options) {}

  // Tries again by itself when the store does not answer.
  void resume();

  // Counts, and changes nothing.
  void plan(UserChoice user, Reply<ErasurePlan> reply);
  // Answers once he is removed and can do nothing any more; find() tells when all of it is done. An
  // error after it was begun says why it is not done yet: it is tried again by itself.
  void erase(const Operator& by, UserChoice user, Reply<Erasure> reply);
  void find(UserId user, Reply<Erasure> reply);
  void list(uint64_t after, uint32_t count_max, Reply<Listing<Erasure>> reply);
  // Reads everything that could still have something of his.
  void check(UserId user, Reply<ErasureCheck> reply);

  // His own messages, or, with `all`, everything he may read; conversation after conversation.
  void export_messages(UserChoice user, bool all, ErasurePlace from, uint32_t count_max,
                       Reply<ExportedPage> reply);

 private:
  void resume_after(uint64_t erasure, uint32_t failures);
  void remove_then_erase(const Operator& by, const Erasure& erasure, Reply<Erasure> reply,
                         uint32_t failures);
  void plan_removed(UserId user, Reply<ErasurePlan> reply);
  void step(uint64_t erasure, uint32_t failures);
  Millis pause_after(uint32_t failures) const;
  void remove_bytes(const std::vector<StoredFile>& files);
  void count_on(std::shared_ptr<ErasurePlan> so_far, ErasurePlace from, Reply<ErasurePlan> reply);
  void check_on(std::shared_ptr<ErasureCheck> so_far, ErasurePlace from, Reply<ErasureCheck> reply);

  static constexpr uint32_t kLookEntries = 5'000;
  static constexpr uint32_t kLeftMax = 20;  // traces named by a check, beside his own rows

  Executor& home_;
  Storage& storage_;
  AdminService& admin_;
  FileService* const files_;
  const ErasureOptions options_;
};

}  // namespace mpim
