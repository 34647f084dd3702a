#include "server/service/files/file_service.h"

#include <algorithm>
#include <utility>

#include "server/service/files/file_types.h"
#include "server/service/resume_token.h"
#include "server/service/tokens/grant.h"

namespace mpim {
namespace {

constexpr uint32_t kPrunedRows = 256;  // looked at in one step

Error too_large(uint64_t bytes_max) {
  return {Code::kTooLarge,
          "an upload may have " + std::to_string(bytes_max) + " bytes (files.bytes_max)"};
}

std::vector<FileHash> hashes_of(const std::vector<StoredFile>& files) {
  std::vector<FileHash> hashes;
  for (const StoredFile& each : files) hashes.push_back(each.hash);
  std::ranges::sort(hashes);
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

}  // namespace

Upload::Upload(FileService& service, StoredFile file, std::shared_ptr<VaultWriting> writing,
               std::shared_ptr<void> place)
    : service_(service),
      file_(std::move(file)),
      writing_(std::move(writing)),
      place_(std::move(place)) {}

void Upload::add(std::string part, Reply<bool> reply) {
  file_.bytes += part.size();
  if (file_.bytes > service_.options_.bytes_max)
    return reply(too_large(service_.options_.bytes_max));
  if (!looked_at_) {
    head_.append(part, 0, kFileHeadBytes - head_.size());
    looked_at_ = head_.size() >= kFileHeadBytes;
    if (looked_at_) {
      const Result<void> fits = looks_like(file_.mime, head_);
      if (!fits.ok()) return reply(fits.error());
    }
  }
  writing_->add(std::move(part), std::move(reply));
}

void Upload::finish(Reply<StoredFile> reply) {
  const Result<void> fits = looked_at_ ? Result<void>() : looks_like(file_.mime, head_);
  if (!fits.ok()) return reply(fits.error());
  auto kept = [self = shared_from_this(), reply = std::move(reply)](Result<FileHash> hash) mutable {
    if (!hash.ok()) return reply(hash.error());
    self->store(std::move(*hash), std::move(reply));
  };
  writing_->keep(Reply<FileHash>(service_.home_, std::move(kept)));
}

void Upload::store(FileHash hash, Reply<StoredFile> reply) {
  file_.hash = std::move(hash);
  file_.created_at = service_.home_.clock().wall();
  auto job = [file = file_](Store& store) mutable -> Result<StoredFile> {
    MPIM_TRY(file.id, store.files().add(file));
    return file;
  };
  // The bytes are held until the row is there, or is known not to be.
  auto stored = [self = shared_from_this(), reply = std::move(reply)](
                    Result<StoredFile> file) mutable { reply(std::move(file)); };
  service_.storage_.write(ConversationId{}, std::move(job),
                          Reply<StoredFile>(service_.home_, std::move(stored)));
}

FileService::FileService(Executor& home, Storage& storage, FileVault& vault, SigningKeys& keys,
                         FileServiceOptions options)
    : home_(home), storage_(storage), vault_(vault), keys_(keys), options_(std::move(options)) {}

// `question` is asked of a reader, with the user whose token it is.
template <class T, class F>
void FileService::ask(const std::string& token, F question, Reply<T> reply) {
  if (token.empty())
    return reply(
        Error{Code::kNotLoggedIn,
              "send Authorization: Bearer and an access token, or the one that LOGIN answered"});
  if (looks_like_jwt(token)) {
    auto checked = [this, question = std::move(question),
                    reply = std::move(reply)](Result<Claims> claims) mutable {
      if (!claims.ok()) return reply(claims.error());
      auto job = [claims = std::move(*claims),
                  question = std::move(question)](Store& store) mutable -> Result<T> {
        MPIM_TRY(const TokenDevice device, device_of_claims(store, claims));
        return question(store, device.user);
      };
      storage_.read(std::move(job), std::move(reply));
    };
    return keys_.check(home_, storage_, token, kUserAudience,
                       Reply<Claims>(home_, std::move(checked)));
  }
  const std::optional<TokenHash> hash = hash_of_token(token);
  if (!hash) return reply(Error{Code::kBadToken, "this token is not valid: log in for another"});
  auto job = [hash = *hash, question = std::move(question)](Store& store) mutable -> Result<T> {
    MPIM_TRY(const Device device, store.accounts().device_of(hash));
    return question(store, device.user);
  };
  storage_.read(std::move(job), std::move(reply));
}

void FileService::begin(const std::string& token, UploadPlan plan,
                        Reply<std::shared_ptr<Upload>> reply) {
  // What is too large for anybody is told so below.
  const uint64_t planned = plan.bytes.value_or(0);
  const uint64_t bytes = planned > options_.bytes_max ? 0 : planned;
  auto question = [bytes](Store& store, UserId user) -> Result<UserId> {
    MPIM_CHECKED(store.files().room_for(user, bytes));
    return user;
  };
  auto known = [this, plan = std::move(plan),
                reply = std::move(reply)](Result<UserId> user) mutable {
    if (!user.ok()) return reply(user.error());
    Result<std::string> type = file_type(plan.mime, options_.types);
    if (!type.ok()) return reply(type.error());
    if (plan.bytes.value_or(0) > options_.bytes_max) return reply(too_large(options_.bytes_max));
    Result<std::shared_ptr<void>> taken = take_place(*user);
    if (!taken.ok()) return reply(taken.error());
    StoredFile file{{}, {}, 0, std::move(*type), std::move(plan.name), *user, {}};
    auto opened = [this, place = std::move(*taken), file = std::move(file),
                   reply =
                       std::move(reply)](Result<std::shared_ptr<VaultWriting>> writing) mutable {
      if (!writing.ok()) return reply(writing.error());
      reply(
          std::make_shared<Upload>(*this, std::move(file), std::move(*writing), std::move(place)));
    };
    vault_.write(Reply<std::shared_ptr<VaultWriting>>(home_, std::move(opened)));
  };
  ask<UserId>(token, std::move(question), Reply<UserId>(home_, std::move(known)));
}

Result<std::shared_ptr<void>> FileService::take_place(UserId user) {
  constexpr uint32_t kRetryMs = 1'000;
  if (places_->taken >= options_.uploads_max)
    return Error{Code::kBusy,
                 std::to_string(options_.uploads_max) +
                     " uploads are under way (files.uploads_max): try again in a moment",
                 kRetryMs};
  uint32_t& his = places_->taken_by[user];
  if (his >= options_.user_uploads_max)
    return Error{Code::kBusy,
                 std::to_string(his) +
                     " uploads of yours are under way (files.user_uploads_max): wait for one of "
                     "them",
                 kRetryMs};
  ++his;
  ++places_->taken;
  return std::shared_ptr<void>(nullptr, [places = places_, user](void*) {
    --places->taken;
    const auto of = places->taken_by.find(user);
    if (--of->second == 0) places->taken_by.erase(of);
  });
}

void FileService::open(const std::string& token, FileId file, Reply<OpenFile> reply) {
  auto question = [file](Store& store, UserId user) { return store.files().readable(user, file); };
  auto found = [this, reply = std::move(reply)](Result<StoredFile> stored) mutable {
    if (!stored.ok()) return reply(stored.error());
    FileHash hash = stored->hash;
    auto opened = [of = std::move(*stored),
                   reply = std::move(reply)](Result<std::shared_ptr<VaultReading>> bytes) mutable {
      if (!bytes.ok()) return reply(bytes.error());
      reply(OpenFile{std::move(of), std::move(*bytes)});
    };
    vault_.read(std::move(hash), Reply<std::shared_ptr<VaultReading>>(home_, std::move(opened)));
  };
  ask<StoredFile>(token, std::move(question), Reply<StoredFile>(home_, std::move(found)));
}

void FileService::list(const std::string& token, FileId after, uint32_t count_max,
                       Reply<std::vector<StoredFile>> reply) {
  auto question = [after, count_max](Store& store, UserId user) {
    return store.files().of_owner(user, after, count_max);
  };
  ask<std::vector<StoredFile>>(token, std::move(question), std::move(reply));
}

void FileService::remove(const std::string& token, FileId file, Reply<bool> reply) {
  auto question = [](Store&, UserId user) -> Result<UserId> { return user; };
  auto known = [this, file, reply = std::move(reply)](Result<UserId> user) mutable {
    if (!user.ok()) return reply(user.error());
    auto job = [user = *user, file](Store& store) { return store.files().remove(user, file); };
    auto removed = [this, reply = std::move(reply)](Result<StoredFile> gone) mutable {
      if (!gone.ok()) return reply(gone.error());
      reply(true);
      remove_unnamed({gone->hash}, {});
    };
    storage_.write(ConversationId{}, std::move(job), Reply<StoredFile>(home_, std::move(removed)));
  };
  ask<UserId>(token, std::move(question), Reply<UserId>(home_, std::move(known)));
}

void FileService::clean(Reply<uint32_t> reply) {
  auto listed = [this, reply = std::move(reply)](Result<std::vector<FileHash>> lying) mutable {
    if (!lying.ok()) return reply(lying.error());
    prune(std::move(*lying), std::move(reply));
  };
  vault_.list(directory_++, Reply<std::vector<FileHash>>(home_, std::move(listed)));
}

void FileService::prune(std::vector<FileHash> lying, Reply<uint32_t> reply) {
  const Timestamp before = home_.clock().wall() - options_.unused_after;
  auto job = [before, after = pruned_to_](Store& store) {
    return store.files().prune(before, after, kPrunedRows);
  };
  auto pruned = [this, lying = std::move(lying),
                 reply = std::move(reply)](Result<PrunedFiles> gone) mutable {
    if (!gone.ok()) return reply(gone.error());
    pruned_to_ = gone->reached;
    const std::vector<FileHash> hashes = hashes_of(gone->removed);
    lying.insert(lying.end(), hashes.begin(), hashes.end());
    remove_unnamed(std::move(lying), std::move(reply));
  };
  storage_.write(ConversationId{}, std::move(job), Reply<PrunedFiles>(home_, std::move(pruned)));
}

// Marked before it is asked whether they are named: an upload of the same content that comes later
// takes the mark away, one that came before has its row.
void FileService::remove_unnamed(std::vector<FileHash> hashes, Reply<uint32_t> reply) {
  std::vector<FileHash> marked = vault_.mark(hashes);
  if (marked.empty()) {
    if (reply.waiting()) reply(0U);
    return;
  }
  auto asked = [this, marked,
                reply = std::move(reply)](Result<std::vector<FileHash>> unnamed) mutable {
    if (!reply.waiting()) reply = Reply<uint32_t>(home_, [](const Result<uint32_t>&) {});
    const bool known = unnamed.ok();
    vault_.remove(std::move(marked), known ? std::move(*unnamed) : std::vector<FileHash>(),
                  std::move(reply));
  };
  storage_.read([marked](Store& store) { return store.files().unnamed(marked); },
                Reply<std::vector<FileHash>>(home_, std::move(asked)));
}

}  // namespace mpim
