import Testing

@testable import HTTPEngine

struct QualityValueTests {
  @Test(
    arguments: [
      ("0", 0), ("0.", 0), ("0.0", 0), ("0.000", 0), ("0.001", 1), ("0.5", 500), ("0.25", 250),
      ("0.999", 999), ("1", 1000), ("1.", 1000), ("1.000", 1000),
    ] as [(String, UInt16)])
  func `reads`(text: String, thousandths: UInt16) {
    #expect(QualityValue(parsing: text)?.thousandths == thousandths)
  }

  @Test(
    arguments: [
      "", ".", ".5", "2", "1.001", "1.1", "0.1234", "00", "01", "0,5", "-0", "+1", "0x", "0.a",
      "1e0", " 1", "NaN",
    ])
  func `refuses`(text: String) {
    #expect(QualityValue(parsing: text) == nil)
  }

  @Test func `is clamped and ordered`() {
    #expect(QualityValue(thousandths: 5000) == .full)
    #expect(QualityValue.zero < .full)
  }
}
