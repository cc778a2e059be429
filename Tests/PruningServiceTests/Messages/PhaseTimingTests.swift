import Testing

@testable import PruningService

@Suite struct PhaseTimingTests {
  @Test func `is told in whole microseconds`() {
    let timing = PhaseTiming(
      queueNanoseconds: 999, decodeNanoseconds: 1_000, kernelNanoseconds: 2_999,
      encodeNanoseconds: 0)
    #expect(timing.members.map(\.microseconds) == [0, 1, 2, 0])
    #expect(timing.members.map(\.name) == ["queue_us", "decode_us", "kernel_us", "encode_us"])
  }

  @Test func `no duration has more than ten digits`() {
    #expect(PhaseTiming.longest.members.allSatisfy { $0.microseconds == 9_999_999_999 })
  }
}
