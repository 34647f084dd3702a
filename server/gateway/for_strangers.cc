#include "server/gateway/for_strangers.h"

namespace mpim {

Error for_strangers(Error error) {
  switch (error.code) {
    case Code::kInternal:
      error.message = "this is a fault of the server's: tell its operator";
      break;
    case Code::kUnavailable:
      error.message =
          "the store, or what it needs, is not available; nothing was done: try again in a moment";
      break;
    case Code::kUnknown:
      error.message = "the outcome is unknown: retry with the same client id";
      break;
    default: break;
  }
  return error;
}

}  // namespace mpim
