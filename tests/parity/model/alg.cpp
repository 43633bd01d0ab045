// SPDX-License-Identifier: Apache-2.0
// Control connections of ALGs: TCP that shows port 21 or 1723 at either end, before or after translation, is the slow path's.
#include <array>

#include "parity/model/visit.hpp"

namespace cgn::parity {
namespace {

constexpr Port kFtp{21}, kPptp{1723};

}  // namespace

void find_alg(Visit& v) {
  const auto switches = v.state.scene.settings.switches;
  const bool ftp = switches & CGN_SWITCH_ALG_FTP, pptp = switches & CGN_SWITCH_ALG_PPTP;
  if ((!ftp && !pptp) || (v.reason && v.reason != CGN_PUNT_PERMISSION) || v.view.proto != Proto::tcp ||
      v.ip.is_fragment())
    return;
  const std::array ports{v.view.source.port, v.view.destination.port, v.sent_source().port, v.sent_destination().port};
  for (const auto port : ports) {
    if ((ftp && port == kFtp) || (pptp && port == kPptp)) v.reason = CGN_PUNT_ALG;
  }
}

// What the internal end sends may be counted otherwise by the remote: its ends cannot be held against that.
bool is_moved(const Visit& v, const HalfKey& key) {
  if (!is_outbound(key.realm)) return false;
  return v.view.destination.port == kFtp || key.end.port == kFtp || v.half(key).to.port == kFtp;
}

}  // namespace cgn::parity
