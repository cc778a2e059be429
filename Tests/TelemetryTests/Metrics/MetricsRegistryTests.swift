import Testing

@testable import Telemetry

struct MetricsRegistryTests {
  @Test func `renders every kind, sorted by name`() {
    let registry = MetricsRegistry()
    let latency = registry.histogram("z_seconds", help: "Time.", bounds: [0.5, 1])
    let jobs = registry.counter("jobs_total", help: "Jobs \\ done.")
    let depth = registry.gauge("depth_jobs", help: "Queue\ndepth.")
    jobs.increment(by: 3)
    depth.set(1.5)
    for value in [0.25, 0.75, 2] { latency.observe(value) }
    #expect(
      registry.prometheusText() == """
        # HELP depth_jobs Queue\\ndepth.
        # TYPE depth_jobs gauge
        depth_jobs 1.5
        # HELP jobs_total Jobs \\\\ done.
        # TYPE jobs_total counter
        jobs_total 3
        # HELP z_seconds Time.
        # TYPE z_seconds histogram
        z_seconds_bucket{le="0.5"} 1
        z_seconds_bucket{le="1"} 2
        z_seconds_bucket{le="+Inf"} 3
        z_seconds_sum 3
        z_seconds_count 3

        """)
  }

  @Test func `renders labelled histograms`() {
    let registry = MetricsRegistry()
    let label = Label("stage", ["decode", "kernel"])
    let stages = registry.histograms("t_seconds", help: "T.", bounds: [1], labels: [label])
    stages["kernel"].observe(0.5)
    #expect(
      registry.prometheusText() == """
        # HELP t_seconds T.
        # TYPE t_seconds histogram
        t_seconds_bucket{stage="kernel",le="1"} 1
        t_seconds_bucket{stage="kernel",le="+Inf"} 1
        t_seconds_sum{stage="kernel"} 0.5
        t_seconds_count{stage="kernel"} 1

        """)
  }

  @Test func `reads callbacks when it renders`() {
    let registry = MetricsRegistry()
    let source = Counter()
    registry.counter("seen_total", help: "Seen.", labels: [("by", "a\"b")]) { source.value }
    registry.counter("seen_total", help: "Ignored.", labels: [("by", "c")]) { 9 }
    registry.gauge("up", help: "Up.") { 1 }
    source.increment(by: 5)
    #expect(
      registry.prometheusText() == """
        # HELP seen_total Seen.
        # TYPE seen_total counter
        seen_total{by="a\\"b"} 5
        seen_total{by="c"} 9
        # HELP up Up.
        # TYPE up gauge
        up 1

        """)
  }

  @Test func `a callback may use the registry`() {
    let registry = MetricsRegistry()
    registry.gauge("a", help: "A.") { Double(MetricsRegistry().prometheusText().count) }
    registry.gauge("b", help: "B.") { [registry] in
      _ = registry.gauge("late", help: "Late.") as Gauge
      return 2
    }
    #expect(registry.prometheusText().hasSuffix("b 2\n"))
  }

  @Test func `buckets agree with the count while others record`() async throws {
    let registry = MetricsRegistry()
    let histogram = registry.histogram("h", help: "H.", bounds: [1])
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for _ in 0..<20_000 { histogram.observe(2) } }
      for _ in 0..<50 {
        let lines = registry.prometheusText().split(separator: "\n")
        let infinite = lines.first { $0.contains("+Inf") }?.split(separator: " ").last
        let count = lines.last?.split(separator: " ").last
        #expect(infinite == count)
      }
    }
  }

  @Test func `an empty registry renders nothing`() {
    #expect(MetricsRegistry().prometheusText().isEmpty)
    #expect(MetricsFormat.prometheus.contentType == "text/plain; version=0.0.4; charset=utf-8")
  }

  @Test func `traps on a repeated name`() async {
    await #expect(processExitsWith: .failure) {
      let registry = MetricsRegistry()
      _ = registry.counter("a_total", help: "A.")
      _ = registry.counter("a_total", help: "A.")
    }
  }

  @Test func `traps on a bad name`() async {
    await #expect(processExitsWith: .failure) {
      _ = MetricsRegistry().gauge("a-b", help: "A.") as Gauge
    }
    await #expect(processExitsWith: .failure) {
      _ = MetricsRegistry().counter("jobs", help: "A counter without its suffix.")
    }
  }

  @Test func `traps on bounds that do not ascend`() async {
    await #expect(processExitsWith: .failure) {
      _ = MetricsRegistry().histogram("h", help: "H.", bounds: [1, 1])
    }
  }
}
