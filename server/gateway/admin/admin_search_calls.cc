// The calls about searching.
#include <algorithm>
#include <array>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/gateway/admin/admin_call.h"

namespace mpim {
namespace {

Result<Timestamp> time_from(int64_t wire, std::string_view name) {
  if (wire < 0) return Error{Code::kBadRequest, std::string(name) + " is negative"};
  return Timestamp{wire};
}

Result<SearchQuery> query_from(const admin::v1::SearchMessagesRequest& in) {
  MPIM_TRY(UserChoice reader, user_from(in.user()));
  if (!is_text(in.query()))
    return Error{Code::kBadText, "the query is not valid UTF-8, or has a NUL in it"};
  SearchQuery query{.reader = std::move(reader), .words = in.query()};
  if (in.conversation() != 0) {
    MPIM_TRY(query.conversation, conversation_id_from(in.conversation()));
  }
  MPIM_TRY(query.since, time_from(in.since_ms(), "sinceMs"));
  MPIM_TRY(query.until, time_from(in.until_ms(), "untilMs"));
  query.before = MessageId(in.before());
  MPIM_TRY(query.count_max, limit_from(in.limit()));
  return query;
}

Result<void> search_messages(const AdminContext& context,
                             const admin::v1::SearchMessagesRequest& in, AdminAnswer& out) {
  MPIM_TRY(SearchQuery query, query_from(in));
  context.service.search_messages(std::move(query),
                                  out.reply<FoundMessages>([](const FoundMessages& found) {
                                    admin::v1::SearchMessagesResponse told;
                                    for (const EntryPtr& entry : found.page.entries)
                                      *told.add_entries() = to_wire(*entry, found.names);
                                    told.set_more(found.page.more);
                                    told.set_complete(found.page.complete);
                                    told.set_next(found.page.next.value);
                                    return told;
                                  }));
  return {};
}

Result<void> get_search_index(const AdminContext& context, const admin::v1::GetSearchIndexRequest&,
                              AdminAnswer& out) {
  admin::v1::GetSearchIndexResponse told;
  if (const std::optional<SearchReach> reach = context.service.search_reach()) {
    told.set_enabled(true);
    told.set_indexed(reach->indexed);
    told.set_entries(reach->entries);
    told.set_lag(reach->lag());
  }
  out.send(told);
  return {};
}

constexpr std::array<AdminMethod, 2> kMethods{{
    {"GetSearchIndex", run_admin_method<admin::v1::GetSearchIndexRequest, get_search_index>},
    {"SearchMessages", run_admin_method<admin::v1::SearchMessagesRequest, search_messages>},
}};
static_assert(std::ranges::is_sorted(kMethods, {}, &AdminMethod::name));

}  // namespace

std::span<const AdminMethod> admin_search_methods() { return kMethods; }

}  // namespace mpim
