// The calls about the settings that all nodes of a cluster follow.
#include <algorithm>
#include <array>

#include "server/gateway/admin/admin_call.h"

namespace mpim {
namespace {

using WireChanges = google::protobuf::RepeatedPtrField<admin::v1::SettingChange>;

void add_changes(const std::vector<SettingChanged>& changes, WireChanges* to) {
  for (const SettingChanged& change : changes) {
    admin::v1::SettingChange& out = *to->Add();
    out.set_name(change.name);
    if (change.before) out.set_before(*change.before);
    if (change.after) out.set_after(*change.after);
  }
}

template <class Request>
std::optional<uint64_t> expected(const Request& in) {
  return in.has_if_version() ? std::optional(in.if_version()) : std::nullopt;
}

template <class Response>
Reply<SettingsOutcome> outcome(AdminAnswer& out) {
  return out.reply<SettingsOutcome>([](const SettingsOutcome& done) {
    Response told;
    told.set_version(done.version);
    add_changes(done.changes, told.mutable_changes());
    return told;
  });
}

Result<void> list_settings(const AdminContext& context, const admin::v1::ListSettingsRequest&,
                           AdminAnswer& out) {
  context.settings.list(out.reply<SettingsView>([](const SettingsView& view) {
    admin::v1::ListSettingsResponse told;
    told.set_version(view.edition.version);
    told.set_at_ms(view.edition.at.ms);
    told.set_by(view.edition.by);
    told.set_stale(view.trouble);
    for (const LiveSetting& setting : view.settings) {
      admin::v1::LiveSetting& to = *told.add_settings();
      to.set_name(setting.name);
      to.set_value(setting.value);
      if (setting.cluster) to.set_cluster(*setting.cluster);
      to.set_own(setting.own);
      to.set_accepts(setting.accepts);
      to.set_help(setting.help);
    }
    return told;
  }));
  return {};
}

Result<void> list_changes(const AdminContext& context,
                          const admin::v1::ListSettingChangesRequest& in, AdminAnswer& out) {
  const uint32_t most = in.limit() != 0 ? in.limit() : ClusterSettings::kEditionsKept;
  context.settings.history(most, out.reply<std::vector<SettingsChangeRow>>(
                                     [](const std::vector<SettingsChangeRow>& rows) {
                                       admin::v1::ListSettingChangesResponse told;
                                       for (const SettingsChangeRow& row : rows) {
                                         admin::v1::SettingsVersion& to = *told.add_versions();
                                         to.set_version(row.edition.version);
                                         to.set_at_ms(row.edition.at.ms);
                                         to.set_by(row.edition.by);
                                         to.set_change(row.edition.change);
                                         add_changes(row.changes, to.mutable_changes());
                                       }
                                       return told;
                                     }));
  return {};
}

Result<void> change_settings(const AdminContext& context,
                             const admin::v1::ChangeSettingsRequest& in, AdminAnswer& out) {
  MPIM_CHECKED(check_batch(in.orders_size(), "settings"));
  std::vector<SettingOrder> orders;
  for (const auto& order : in.orders())
    orders.push_back(
        {order.name(), order.has_value() ? std::optional(order.value()) : std::nullopt});
  context.settings.change(context.by.name, std::move(orders), expected(in), in.dry_run(),
                          outcome<admin::v1::ChangeSettingsResponse>(out));
  return {};
}

Result<void> revert_settings(const AdminContext& context,
                             const admin::v1::RevertSettingsRequest& in, AdminAnswer& out) {
  context.settings.revert(context.by.name, in.version(), expected(in), in.dry_run(),
                          outcome<admin::v1::RevertSettingsResponse>(out));
  return {};
}

constexpr std::array<AdminMethod, 4> kMethods{{
    {"ChangeSettings", run_admin_method<admin::v1::ChangeSettingsRequest, change_settings>},
    {"ListSettingChanges", run_admin_method<admin::v1::ListSettingChangesRequest, list_changes>},
    {"ListSettings", run_admin_method<admin::v1::ListSettingsRequest, list_settings>},
    {"RevertSettings", run_admin_method<admin::v1::RevertSettingsRequest, revert_settings>},
}};
static_assert(std::ranges::is_sorted(kMethods, {}, &AdminMethod::name));

}  // namespace

std::span<const AdminMethod> admin_setting_methods() { return kMethods; }

}  // namespace mpim
