import Testing

@testable import Telemetry

struct MetricNameTests {
  @Test(arguments: ["a", "A_b9", "_x", "vflowopt:rate", ":x"])
  func `allows as a metric`(name: String) { #expect(MetricName.isMetric(name)) }

  @Test(arguments: ["", "9a", "a-b", "a b", "a.b", "é", "a\n"])
  func `refuses as a metric`(name: String) { #expect(!MetricName.isMetric(name)) }

  @Test(arguments: ["", "a:b", "__x", "le", "1"])
  func `refuses as a label`(name: String) { #expect(!MetricName.isLabel(name)) }

  @Test func `allows as a label`() { #expect(MetricName.isLabel("status_class")) }
}
