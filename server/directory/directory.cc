#include "server/directory/directory.h"

#include <algorithm>

namespace mpim {

bool RouteView::agrees() const {
  return std::ranges::all_of(entries, [this](const RouteEntry& entry) {
    if (!shared || !why.empty()) return true;
    if (entry.here || !entry.lives) return entry.here == entry.stored || !entry.lives;
    return !cached || entry.cached == entry.stored;
  });
}

void Directory::when_bound(Executor&, Task bound) { bound(); }

void Directory::explain(UserId user, Executor&, Explained explained) {
  RouteView view;
  if (const std::optional<Route> here = route(user)) view.entries.push_back({*here, true, true});
  explained(std::move(view));
}

void Directory::list(std::span<const UserId> users, Executor&, Listed listed) {
  RouteList list;
  for (const UserId user : users)
    if (const std::optional<Route> here = route(user)) list.routes.push_back(*here);
  listed(std::move(list));
}

}  // namespace mpim
