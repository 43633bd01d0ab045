// SPDX-License-Identifier: Apache-2.0
// The copies of packet/ with one wrong line each, which the control puts in the twin's place. CMakeLists.txt renames their
// functions and lists them in faulty_twins.inc.
#include "parity/twin.hpp"

namespace cgn::packet {

#define CGN_FAULTY_TWIN(name)               \
  decltype(read) read_##name;               \
  decltype(read_header) read_header_##name; \
  decltype(read_whole) read_whole_##name;   \
  decltype(translate) translate_##name;     \
  decltype(pass) pass_##name;               \
  decltype(with_link_header) with_link_header_##name;
#include "faulty_twins.inc"
#undef CGN_FAULTY_TWIN

}  // namespace cgn::packet

namespace cgn::parity {

std::vector<FaultyTwin> faulty_twins() {
  return {
#define CGN_FAULTY_TWIN(name)                                                                                 \
  {#name,                                                                                                     \
   {&packet::read_##name, &packet::read_header_##name, &packet::read_whole_##name, &packet::translate_##name, \
    &packet::pass_##name, &packet::tcp_options, &packet::with_link_header_##name}},
#include "faulty_twins.inc"
#undef CGN_FAULTY_TWIN
  };
}

}  // namespace cgn::parity
