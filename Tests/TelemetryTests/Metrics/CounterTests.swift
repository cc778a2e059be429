import Testing

@testable import Telemetry

struct CounterTests {
  @Test func `starts at zero and adds`() {
    let counter = Counter()
    #expect(counter.value == 0)
    counter.increment()
    counter.increment(by: 41)
    #expect(counter.value == 42)
  }

  @Test func `loses nothing to other threads`() async {
    let counter = Counter()
    await inParallel { for _ in 0..<10_000 { counter.increment() } }
    #expect(counter.value == 40_000)
  }
}

/// Runs a body four times at once.
func inParallel(_ body: @escaping @Sendable () -> Void) async {
  await withTaskGroup(of: Void.self) { group in
    for _ in 0..<4 { group.addTask { body() } }
  }
}
