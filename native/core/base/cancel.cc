#include "base/cancel.h"

namespace dppo {

namespace {

thread_local const CancelFlag* current = nullptr;

}  // namespace

CancelScope::CancelScope(const CancelFlag* flag) : previous_(current) { current = flag; }

CancelScope::~CancelScope() { current = previous_; }

const CancelFlag* current_cancel_flag() noexcept { return current; }

void check_cancelled() {
  if (current != nullptr) current->check();
}

}  // namespace dppo
