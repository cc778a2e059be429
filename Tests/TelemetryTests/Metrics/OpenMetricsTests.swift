import Testing

@testable import Telemetry

@Suite struct OpenMetricsTests {
  private func registry() -> MetricsRegistry {
    let registry = MetricsRegistry()
    registry.counter("a_seconds_total", help: "A \"quoted\" sum.", seconds: { 1.5 })
    registry.counter("b_total", help: "Things.").increment(by: 3)
    registry.gauge("c_bytes", help: "Size.").set(7)
    registry.histogram("d_seconds", help: "Times.", bounds: [0.5, 1, 10]).observe(0.7)
    return registry
  }

  @Test func `counters are families without the suffix of their samples`() {
    #expect(
      registry().prometheusText(.openMetrics) == """
        # TYPE a_seconds counter
        # UNIT a_seconds seconds
        # HELP a_seconds A \\"quoted\\" sum.
        a_seconds_total 1.5
        # TYPE b counter
        # HELP b Things.
        b_total 3
        # TYPE c_bytes gauge
        # UNIT c_bytes bytes
        # HELP c_bytes Size.
        c_bytes 7
        # TYPE d_seconds histogram
        # UNIT d_seconds seconds
        # HELP d_seconds Times.
        d_seconds_bucket{le="0.5"} 0
        d_seconds_bucket{le="1.0"} 1
        d_seconds_bucket{le="10.0"} 1
        d_seconds_bucket{le="+Inf"} 1
        d_seconds_sum 0.7
        d_seconds_count 1
        # EOF

        """)
  }

  @Test func `the older format stays as it was`() {
    let text = registry().prometheusText(.prometheus)
    #expect(
      text.hasPrefix("# HELP a_seconds_total A \"quoted\" sum.\n# TYPE a_seconds_total counter\n"))
    #expect(text.contains("d_seconds_bucket{le=\"1\"} 1\n"))
    #expect(!text.contains("EOF"))
    #expect(!text.contains("UNIT"))
    #expect(text == registry().prometheusText())
  }

  @Test func `each format has its media type`() {
    #expect(MetricsFormat.prometheus.contentType == "text/plain; version=0.0.4; charset=utf-8")
    #expect(
      MetricsFormat.openMetrics.contentType
        == "application/openmetrics-text; version=1.0.0; charset=utf-8")
  }
}
