// One call of the admin API: its request parsed, its answer on the way.
#pragma once

#include <span>
#include <string_view>
#include <utility>

#include "server/contract/admin_convert.h"
#include "server/gateway/http/http_server.h"
#include "server/gateway/rpc/connect.h"
#include "server/service/admin/admin_service.h"
#include "server/service/admin/dead_letter_desk.h"
#include "server/service/admin/node_desk.h"
#include "server/service/admin/settings_desk.h"
#include "server/service/erasure/erasure_service.h"
#include "server/service/retention/retention_job.h"

namespace mpim {

// Answers one call, in the format it came in.
// Threads  the admin service's loop.
class AdminAnswer {
 public:
  AdminAnswer(Executor& home, CallFormat format, HttpResponder respond)
      : home_(&home), format_(format), respond_(std::move(respond)) {}

  void send(const google::protobuf::Message& message);
  void refuse(const Error& error);

  // A Reply that sends what `convert` makes of the service's answer. Takes this answer along.
  template <class T, class Convert>
  Reply<T> reply(Convert convert) {
    Executor& home = *home_;
    auto answered = [self = std::move(*this), convert](Result<T> result) mutable {
      if (result.ok()) return self.send(convert(*result));
      self.refuse(result.error());
    };
    return Reply<T>(home, std::move(answered));
  }

 private:
  Executor* home_;
  CallFormat format_;
  HttpResponder respond_;
};

// What every call is given beside its request.
struct AdminContext {
  AdminService& service;
  RetentionJob& retention;
  ErasureService& erasure;
  NodeDesk& nodes;
  DeadLetterDesk& letters;
  SettingsDesk& settings;
  Operator by;
  uint32_t text_bytes_max = 0;
};

// A method of the contract. `run` answers through `out`, or returns why it cannot.
struct AdminMethod {
  std::string_view name;
  Result<void> (*run)(const AdminContext& context, std::string_view body, CallFormat format,
                      AdminAnswer& out);
};

template <class Request, Result<void> (*Handle)(const AdminContext&, const Request&, AdminAnswer&)>
Result<void> run_admin_method(const AdminContext& context, std::string_view body, CallFormat format,
                              AdminAnswer& out) {
  Request request;
  MPIM_CHECKED(parse_message(body, format, request));
  return Handle(context, request, out);
}

// What one file of calls serves: each table sorted by name.
std::span<const AdminMethod> admin_people_methods();   // server, users, groups, routes, sessions
std::span<const AdminMethod> admin_friend_methods();   // profiles, friends, blocks, devices
std::span<const AdminMethod> admin_letter_methods();   // what could not be stored
std::span<const AdminMethod> admin_message_methods();  // messages and offline queues
std::span<const AdminMethod> admin_search_methods();
std::span<const AdminMethod> admin_group_methods();    // what changes groups, and who may come in
std::span<const AdminMethod> admin_history_methods();  // logs, receipts, presence, conversations
std::span<const AdminMethod> admin_node_methods();     // the nodes of a cluster
std::span<const AdminMethod> admin_setting_methods();  // settings of the whole cluster
std::span<const AdminMethod> admin_token_methods();    // tokens and signing keys
std::span<const AdminMethod> admin_record_methods();   // what is too old, erased, exported

// Pieces they share.
admin::v1::User to_wire(const UserRow& row);
admin::v1::Device to_wire(const Device& device);
admin::v1::Profile to_wire(const Profile& profile);
admin::v1::Group to_wire(const Group& group, const ShownNames& names);
admin::v1::Entry to_wire(const Entry& entry, const ShownNames& names);
admin::v1::SendOutcome to_wire(const SendOutcome& outcome);
Result<UserId> user_after(uint64_t wire);     // 0 means "from the first"
inline constexpr int kAdminBatchMax = 1'000;  // names, users or messages of one call
Result<void> check_batch(int size, std::string_view what);
Result<std::vector<UserChoice>> users_from(
    const google::protobuf::RepeatedPtrField<admin::v1::UserRef>& wire);
admin::v1::UserRef user_ref_of(UserId user,
                               const ShownNames& names);  // with the name, if it is known
std::string device_name_of(DeviceId device, const ShownNames& names);

}  // namespace mpim
