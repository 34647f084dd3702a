// Where people are.
#include <algorithm>

#include "server/service/admin/admin_change.h"

namespace mpim {
namespace {

// Whose routes an answer tells of, and whether there are others behind them.
struct Asked {
  std::vector<UserId> users;
  bool more = false;
  ShownNames names = {};
};

template <class T>
Asked asked(std::vector<T> found, uint32_t count_max, UserId T::*id) {
  const Listing<T> page = listing(std::move(found), count_max);
  Asked asked{.users = {}, .more = page.more};
  for (const T& each : page.items) asked.users.push_back(each.*id);
  return asked;
}

Result<Asked> find_asked(Store& store, const RouteChoice& which, uint32_t count_max) {
  if (which.of) {
    MPIM_TRY(const Account account, resolve(store, *which.of));
    return Asked{.users = {account.id}};
  }
  if (which.group) {
    MPIM_TRY(auto members, store.groups().members(which.group, which.after, count_max + 1));
    return asked(std::move(members), count_max, &Member::user);
  }
  MPIM_TRY(auto accounts, store.accounts().list(which.after, count_max + 1));
  return asked(std::move(accounts), count_max, &Account::id);
}

// Routes of one user stay together, as far as they fit.
RoutePage page_of(RouteList found, const Asked& asked, const NodeId& node, uint32_t count_max) {
  RoutePage page{.routes = {.items = {}, .more = asked.more, .names = {}},
                 .last = asked.users.empty() ? UserId() : asked.users.back(),
                 .why = std::move(found.why)};
  std::vector<Route>& kept = page.routes.items;
  for (Route& route : found.routes)
    if (node.name.empty() || route.node == node) kept.push_back(std::move(route));
  if (kept.size() <= count_max) return page;
  const auto first = std::ranges::find(kept, kept[count_max].user, &Route::user);
  if (first == kept.begin()) return page;
  kept.erase(first, kept.end());
  page.routes.more = true;
  page.last = kept.back().user;
  return page;
}

}  // namespace

void AdminService::list_routes(RouteChoice which, uint32_t count_max, Reply<RoutePage> reply) {
  const uint32_t looked_at = std::min(count_max, kRoutesLookedAt);
  auto job = [this, which, looked_at](Store& store) -> Result<Asked> {
    const bool here_alone = !directory_.shared() && !which.of && !which.group;
    MPIM_TRY(Asked whose, here_alone ? asked(directory_.routes(which.after, looked_at + 1),
                                             looked_at, &Route::user)
                                     : find_asked(store, which, looked_at));
    NameLookup names(store);
    for (const UserId user : whose.users) names.user(user);
    whose.names = names.take();
    return whose;
  };
  auto found = [this, node = which.node, count_max,
                reply = std::move(reply)](Result<Asked> whose) mutable {
    if (!whose.ok()) return reply(whose.error());
    const auto users = whose->users;
    directory_.list(users, home_,
                    [whose = std::move(*whose), node, count_max,
                     reply = std::move(reply)](RouteList list) mutable {
                      RoutePage page = page_of(std::move(list), whose, node, count_max);
                      page.routes.names = std::move(whose.names);
                      reply(std::move(page));
                    });
  };
  storage_.read(std::move(job), Reply<Asked>(home_, std::move(found)));
}

void AdminService::explain_route(UserChoice of, Reply<ExplainedRoute> reply) {
  auto job = [of = std::move(of)](Store& store) { return resolve(store, of); };
  auto found = [this, reply = std::move(reply)](Result<Account> account) mutable {
    if (!account.ok()) return reply(account.error());
    const UserId user = account->id;
    directory_.explain(
        user, home_,
        [account = std::move(*account), reply = std::move(reply)](RouteView view) mutable {
          reply(ExplainedRoute{std::move(account), std::move(view)});
        });
  };
  storage_.read(std::move(job), Reply<Account>(home_, std::move(found)));
}

}  // namespace mpim
