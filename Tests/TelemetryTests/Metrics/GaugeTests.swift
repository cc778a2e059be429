import Testing

@testable import Telemetry

struct GaugeTests {
  @Test func `is set and moved`() {
    let gauge = Gauge()
    #expect(gauge.value == 0)
    gauge.set(2.5)
    gauge.add(-4)
    #expect(gauge.value == -1.5)
  }

  @Test func `loses nothing to other threads`() async {
    let gauge = Gauge()
    await inParallel {
      for _ in 0..<5000 {
        gauge.add(3)
        gauge.add(-1)
      }
    }
    #expect(gauge.value == 40_000)
  }
}
