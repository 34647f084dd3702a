// The calls about what was accepted and could not be stored.
#include <algorithm>
#include <array>

#include "server/contract/intake_convert.h"
#include "server/core/base_16.h"
#include "server/gateway/admin/admin_call.h"

namespace mpim {
namespace {

// Without what was sent: lists are long, and texts are nobody's business in passing.
admin::v1::DeadLetter to_wire(const DeadLetterRow& row, const ShownNames& names) {
  admin::v1::DeadLetter out;
  const DeadLetter& letter = row.letter;
  out.set_id(letter.id);
  out.set_source(letter.source.substr(0, letter.source.find(' ')));
  out.set_ticket(row.ticket);
  out.set_at_ms(letter.at.ms);
  out.set_reason(letter.reason);
  out.set_bytes(static_cast<uint32_t>(letter.body.size()));
  if (!row.draft.ok()) {
    out.set_unreadable(row.draft.error().message);
    return out;
  }
  const Draft& draft = *row.draft;
  *out.mutable_from() = user_ref_of(draft.sender, names);
  if (const auto* const user = std::get_if<UserId>(&draft.to))
    *out.mutable_to() = user_ref_of(*user, names);
  if (const auto* const group = std::get_if<GroupId>(&draft.to)) out.set_group(group->value);
  out.set_client_id(draft.client_id);
  out.set_type(std::string(name_of(draft.type)));
  out.set_file(draft.file.value);
  out.set_client_at_ms(draft.client_at.ms);
  return out;
}

admin::v1::DeadLetter whole(const DeadLetterRow& row, const ShownNames& names) {
  admin::v1::DeadLetter out = to_wire(row, names);
  out.set_body(in_base_16(row.letter.body));
  if (row.draft.ok()) {
    out.set_text(row.draft->text);
    out.set_ext(row.draft->ext);
  } else {
    out.set_parsed(parsed_fields(row.letter.body));
  }
  return out;
}

Result<void> list_letters(const AdminContext& context, const admin::v1::ListDeadLettersRequest& in,
                          AdminAnswer& out) {
  MPIM_TRY(const uint32_t limit, limit_from(in.limit()));
  if (in.after() > kDeadLetterMax) return Error{Code::kBadRequest, "after is larger than any"};
  context.letters.list(in.after(), limit,
                       out.reply<Listing<DeadLetterRow>>([](const Listing<DeadLetterRow>& found) {
                         admin::v1::ListDeadLettersResponse told;
                         for (const DeadLetterRow& row : found.items)
                           *told.add_letters() = to_wire(row, found.names);
                         told.set_more(found.more);
                         return told;
                       }));
  return {};
}

Result<void> check_id(uint64_t id) {
  if (id != 0 && id <= kDeadLetterMax) return {};
  return Error{Code::kBadRequest, "a dead letter's id is a positive number"};
}

Result<void> get_letter(const AdminContext& context, const admin::v1::GetDeadLetterRequest& in,
                        AdminAnswer& out) {
  MPIM_CHECKED(check_id(in.id()));
  using Found = std::pair<DeadLetterRow, ShownNames>;
  context.letters.find(in.id(), out.reply<Found>([](const Found& found) {
    admin::v1::GetDeadLetterResponse told;
    *told.mutable_letter() = whole(found.first, found.second);
    return told;
  }));
  return {};
}

Result<void> replay_letter(const AdminContext& context,
                           const admin::v1::ReplayDeadLetterRequest& in, AdminAnswer& out) {
  MPIM_CHECKED(check_id(in.id()));
  context.letters.replay(context.by, in.id(),
                         out.reply<SendOutcome>([](const SendOutcome& outcome) {
                           admin::v1::ReplayDeadLetterResponse told;
                           *told.mutable_outcome() = mpim::to_wire(outcome);
                           return told;
                         }));
  return {};
}

Result<void> purge_letters(const AdminContext& context,
                           const admin::v1::PurgeDeadLettersRequest& in, AdminAnswer& out) {
  MPIM_CHECKED(check_batch(in.ids_size(), "ids"));
  for (const uint64_t id : in.ids()) MPIM_CHECKED(check_id(id));
  context.letters.purge(context.by, {in.ids().begin(), in.ids().end()},
                        out.reply<std::vector<uint64_t>>([](const std::vector<uint64_t>& purged) {
                          admin::v1::PurgeDeadLettersResponse told;
                          told.mutable_purged()->Add(purged.begin(), purged.end());
                          return told;
                        }));
  return {};
}

constexpr std::array<AdminMethod, 4> kMethods{{
    {"GetDeadLetter", run_admin_method<admin::v1::GetDeadLetterRequest, get_letter>},
    {"ListDeadLetters", run_admin_method<admin::v1::ListDeadLettersRequest, list_letters>},
    {"PurgeDeadLetters", run_admin_method<admin::v1::PurgeDeadLettersRequest, purge_letters>},
    {"ReplayDeadLetter", run_admin_method<admin::v1::ReplayDeadLetterRequest, replay_letter>},
}};
static_assert(std::ranges::is_sorted(kMethods, {}, &AdminMethod::name));

}  // namespace

std::span<const AdminMethod> admin_letter_methods() { return kMethods; }

}  // namespace mpim
