// The admin service's searches.
#include "server/service/admin/admin_change.h"

namespace mpim {

void AdminService::search_messages(SearchQuery query, Reply<FoundMessages> reply) {
  auto found = [this, reply = std::move(reply)](Result<SearchPage> page) mutable {
    if (!page.ok()) return reply(page.error());
    auto with_names = [page = std::move(*page)](Store& store) -> Result<FoundMessages> {
      NameLookup names(store);
      for (const EntryPtr& entry : page.entries) {
        names.user(entry->sender);
        names.user(entry->subject);
      }
      return FoundMessages{page, names.take()};
    };
    storage_.read(std::move(with_names), std::move(reply));
  };
  search_.find(std::move(query), Reply<SearchPage>(home_, std::move(found)));
}

}  // namespace mpim
