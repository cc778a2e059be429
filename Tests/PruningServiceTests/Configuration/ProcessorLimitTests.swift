import Testing

@testable import PruningService

@Suite struct ProcessorLimitTests {
  @Test(
    arguments: [
      ("200000 100000\n", 2), ("150000 100000\n", 2), ("50000 100000\n", 1), ("1 100000", 1),
      ("max 100000\n", nil), ("", nil), ("100000\n", nil), ("-1 100000", nil), ("10 0", nil),
    ] as [(String, Int?)])
  func `reads the share of processor time`(text: String, processors: Int?) {
    #expect(ProcessorLimit.processors(inQuota: text) == processors)
  }

  @Test func `there is always a processor`() { #expect(ProcessorLimit.current >= 1) }
}
