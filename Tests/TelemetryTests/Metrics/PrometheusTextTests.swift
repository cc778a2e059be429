import Testing

@testable import Telemetry

struct PrometheusTextTests {
  @Test(
    arguments: [
      (0, "0"), (-0.0, "0"), (1, "1"), (-3, "-3"), (0.1, "0.1"), (0.000_01, "1e-05"),
      (1e15, "1000000000000000"), (1e300, "1e+300"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
      (.nan, "NaN"), (.leastNonzeroMagnitude, "5e-324"),
    ] as [(Double, String)])
  func `writes numbers`(value: Double, text: String) {
    #expect(PrometheusText.number(value) == text)
  }

  @Test func `escapes help and labels by their own rules`() {
    #expect(PrometheusText.escapedHelp("a\\b\n\"c\"") == "a\\\\b\\n\"c\"")
    #expect(PrometheusText.escapedLabel("a\\b\n\"c\"") == "a\\\\b\\n\\\"c\\\"")
  }

  @Test func `writes samples with and without labels`() {
    var text = PrometheusText()
    text.sample("a", labels: "", value: 7 as UInt64)
    text.sample("b", labels: "x=\"y\"", value: 0.5)
    #expect(text.text == "a 7\nb{x=\"y\"} 0.5\n")
  }
}
