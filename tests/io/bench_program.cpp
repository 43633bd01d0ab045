// SPDX-License-Identifier: Apache-2.0
// The little programs, written as instructions: nothing to compile, nothing to load but these.
#include "bench_program.hpp"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>

#include <array>
#include <catch2/catch.hpp>

#include "bench_network.hpp"

namespace cgn::test {
namespace {

constexpr bpf_insn instruction(int code, int dst, int src, int imm) {
  return bpf_insn{.code = static_cast<__u8>(code),
                  .dst_reg = static_cast<__u8>(dst & 0xf),
                  .src_reg = static_cast<__u8>(src & 0xf),
                  .off = 0,
                  .imm = imm};
}

constexpr int kMoveImmediate = BPF_ALU64 | BPF_MOV | BPF_K;
constexpr int kLoadWide = BPF_LD | BPF_DW | BPF_IMM;
constexpr int kCall = BPF_JMP | BPF_CALL;
constexpr int kExit = BPF_JMP | BPF_EXIT;

io::Fd load(std::span<const bpf_insn> instructions) {
  io::Fd program{
      bpf_prog_load(BPF_PROG_TYPE_XDP, "cgn_io_test", "GPL", instructions.data(), instructions.size(), nullptr)};
  REQUIRE(program);
  return program;
}

}  // namespace

io::Fd passing_program() {
  const std::array program{instruction(kMoveImmediate, BPF_REG_0, 0, XDP_PASS), instruction(kExit, 0, 0, 0)};
  return load(program);
}

std::uint32_t id_of(const io::Fd& program) {
  bpf_prog_info info{};
  __u32 size = sizeof info;
  REQUIRE(bpf_obj_get_info_by_fd(program.get(), &info, &size) == 0);
  return info.id;
}

Redirector::Redirector() : map_{bpf_map_create(BPF_MAP_TYPE_XSKMAP, "cgn_io_test", 4, 4, 16, nullptr)} {
  REQUIRE(map_);
}

void Redirector::attach(const std::string& interface, unsigned port, bool native) {
  const std::array instructions{
      instruction(kLoadWide, BPF_REG_1, BPF_PSEUDO_MAP_FD, map_.get()),
      instruction(0, 0, 0, 0),
      instruction(kMoveImmediate, BPF_REG_2, 0, static_cast<int>(port)),
      instruction(kMoveImmediate, BPF_REG_3, 0, XDP_PASS),
      instruction(kCall, 0, 0, BPF_FUNC_redirect_map),
      instruction(kExit, 0, 0, 0),
  };
  const io::Fd program = load(instructions);
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.flags = native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
  io::Fd link{bpf_link_create(program.get(), static_cast<int>(index_of(interface)), BPF_XDP, &options)};
  REQUIRE(link);
  links_.push_back(std::move(link));
}

void Redirector::set_socket(unsigned port, int fd) const {
  REQUIRE(bpf_map_update_elem(map_.get(), &port, &fd, BPF_ANY) == 0);
}

}  // namespace cgn::test
