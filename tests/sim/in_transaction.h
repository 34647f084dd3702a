// Changes a store directly, as a test's preparation.
#pragma once

#include "server/store/store.h"

namespace mpim::sim {

// Runs `change` in a transaction of its own; whatever fails ends the test.
template <class Change>
auto in_transaction(Store& store, Change change) {
  store.begin().value();
  auto changed = change(store).value();
  store.commit().value();
  return changed;
}

}  // namespace mpim::sim
