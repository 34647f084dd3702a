// The calls about what is kept: its age, a copy of it, its erasure.
#include <algorithm>
#include <array>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/gateway/admin/admin_call.h"

namespace mpim {
namespace {

admin::v1::Erasure to_wire(const Erasure& erasure) {
  admin::v1::Erasure out;
  out.set_id(erasure.id);
  out.set_user(erasure.user.value);
  out.set_actor(erasure.actor);
  out.set_started_at_ms(erasure.started_at.ms);
  out.set_finished_at_ms(erasure.finished_at.ms);
  out.set_conversations(erasure.done.conversations);
  out.set_messages(erasure.done.messages);
  out.set_files(erasure.done.files);
  return out;
}

admin::v1::Upload to_wire(const StoredFile& file) {
  admin::v1::Upload out;
  out.set_id(file.id.value);
  out.set_name(file.name);
  out.set_mime(file.mime);
  out.set_bytes(file.bytes);
  out.set_hash(file.hash);
  out.set_created_at_ms(file.created_at.ms);
  return out;
}

admin::v1::PruneResponse to_wire(const RetentionRun& run) {
  admin::v1::PruneResponse out;
  out.set_expired(run.expired);
  out.set_dropped(run.dropped);
  out.set_run(run.number);
  out.set_finished(run.finished);
  out.set_joined(run.joined);
  return out;
}

Result<void> prune(const AdminContext& context, const admin::v1::PruneRequest& in,
                   AdminAnswer& out) {
  if (in.dry_run()) {
    context.retention.plan(out.reply<RetentionPlan>([](const RetentionPlan& plan) {
      admin::v1::PruneResponse told;
      told.set_expired(plan.expire);
      told.set_dropped(plan.drop);
      return told;
    }));
    return {};
  }
  if (in.run() != 0) {
    MPIM_TRY(const RetentionRun run, context.retention.find(in.run()));
    out.send(to_wire(run));
    return {};
  }
  context.retention.run_for(
      context.by.name, in.at_once(),
      out.reply<RetentionRun>([](const RetentionRun& run) { return to_wire(run); }));
  return {};
}

Result<void> list_uploads(const AdminContext& context, const admin::v1::ListUploadsRequest& in,
                          AdminAnswer& out) {
  MPIM_TRY(UserChoice user, user_from(in.user()));
  MPIM_TRY(const uint32_t limit, limit_from(in.limit()));
  if (in.after() > kConversationMax.value)
    return Error{Code::kBadRequest, "after is larger than any"};
  context.service.list_uploads(std::move(user), FileId(in.after()), limit,
                               out.reply<Listing<StoredFile>>([](const auto& found) {
                                 admin::v1::ListUploadsResponse told;
                                 for (const StoredFile& file : found.items)
                                   *told.add_uploads() = to_wire(file);
                                 told.set_more(found.more);
                                 return told;
                               }));
  return {};
}

Result<void> export_messages(const AdminContext& context,
                             const admin::v1::ExportMessagesRequest& in, AdminAnswer& out) {
  MPIM_TRY(UserChoice user, user_from(in.user()));
  MPIM_TRY(const uint32_t limit, limit_from(in.limit()));
  ErasurePlace from;
  if (in.conversation() != 0) {
    MPIM_TRY(from.conversation, conversation_id_from(in.conversation()));
    if (in.seq() > kSeqMax.value) return Error{Code::kBadRequest, "seq is larger than any"};
    from.seq = Seq(in.seq());
  }
  context.erasure.export_messages(std::move(user), in.all(), from, limit,
                                  out.reply<ExportedPage>([](const ExportedPage& page) {
                                    admin::v1::ExportMessagesResponse told;
                                    for (const EntryPtr& entry : page.entries)
                                      *told.add_entries() = mpim::to_wire(*entry, page.names);
                                    told.set_more(page.more);
                                    told.set_next_conversation(page.next.conversation.value);
                                    told.set_next_seq(page.next.seq.value);
                                    return told;
                                  }));
  return {};
}

Result<void> erase_user(const AdminContext& context, const admin::v1::EraseUserRequest& in,
                        AdminAnswer& out) {
  MPIM_TRY(UserChoice user, user_from(in.user()));
  if (!in.dry_run()) {
    context.erasure.erase(context.by, std::move(user),
                          out.reply<Erasure>([](const Erasure& erasure) {
                            admin::v1::EraseUserResponse told;
                            *told.mutable_erasure() = to_wire(erasure);
                            return told;
                          }));
    return {};
  }
  context.erasure.plan(std::move(user), out.reply<ErasurePlan>([](const ErasurePlan& plan) {
    admin::v1::EraseUserResponse told;
    admin::v1::ErasurePlan& shown = *told.mutable_plan();
    *shown.mutable_user() = mpim::to_wire(plan.user);
    shown.set_devices(plan.devices);
    shown.set_groups(plan.groups);
    shown.set_conversations(plan.counts.conversations);
    shown.set_messages(plan.counts.messages);
    shown.set_files(plan.counts.files);
    return told;
  }));
  return {};
}

Result<UserId> erased_user_from(uint64_t wire) {
  MPIM_TRY(const UserId user, user_after(wire));
  if (!user) return Error{Code::kBadRequest, "user is missing: the id of who was erased"};
  return user;
}

Result<void> list_erasures(const AdminContext& context, const admin::v1::ListErasuresRequest& in,
                           AdminAnswer& out) {
  MPIM_TRY(const uint32_t limit, limit_from(in.limit()));
  if (in.user() != 0) {
    MPIM_TRY(const UserId user, erased_user_from(in.user()));
    context.erasure.find(user, out.reply<Erasure>([](const Erasure& erasure) {
      admin::v1::ListErasuresResponse told;
      *told.add_erasures() = to_wire(erasure);
      return told;
    }));
    return {};
  }
  if (in.after() > kConversationMax.value)
    return Error{Code::kBadRequest, "after is larger than any"};
  context.erasure.list(in.after(), limit,
                       out.reply<Listing<Erasure>>([](const Listing<Erasure>& found) {
                         admin::v1::ListErasuresResponse told;
                         for (const Erasure& each : found.items)
                           *told.add_erasures() = to_wire(each);
                         told.set_more(found.more);
                         return told;
                       }));
  return {};
}

Result<void> check_erasure(const AdminContext& context, const admin::v1::CheckErasureRequest& in,
                           AdminAnswer& out) {
  MPIM_TRY(const UserId user, erased_user_from(in.user()));
  context.erasure.check(user, out.reply<ErasureCheck>([](const ErasureCheck& check) {
    admin::v1::CheckErasureResponse told;
    *told.mutable_erasure() = to_wire(check.erasure);
    for (const std::string& left : check.left) told.add_left(left);
    return told;
  }));
  return {};
}

constexpr std::array<AdminMethod, 6> kMethods{{
    {"CheckErasure", run_admin_method<admin::v1::CheckErasureRequest, check_erasure>},
    {"EraseUser", run_admin_method<admin::v1::EraseUserRequest, erase_user>},
    {"ExportMessages", run_admin_method<admin::v1::ExportMessagesRequest, export_messages>},
    {"ListErasures", run_admin_method<admin::v1::ListErasuresRequest, list_erasures>},
    {"ListUploads", run_admin_method<admin::v1::ListUploadsRequest, list_uploads>},
    {"Prune", run_admin_method<admin::v1::PruneRequest, prune>},
}};
static_assert(std::ranges::is_sorted(kMethods, {}, &AdminMethod::name));

}  // namespace

std::span<const AdminMethod> admin_record_methods() { return kMethods; }

}  // namespace mpim
