import Testing

@testable import PruningService

@Suite struct QueueBoundTests {
  private func bound(
    threads: Int = 2, capacity: Int = 256, wait: Duration = .milliseconds(20)
  ) -> QueueBound {
    var configuration = ServiceConfiguration()
    configuration.threads = threads
    configuration.queueCapacity = capacity
    configuration.queueWait = wait
    return QueueBound(configuration)
  }

  @Test(
    arguments: [
      // Heavy requests get the least places, light ones as many as are done in the time.
      (1, 0.02, 9 + 1), (2, 0.02, 10 + 2), (2, 60, 10 + 2), (8, 0.02, 16 + 8),
      (2, 0.001, 40 + 2), (1, 0.001, 20 + 1), (2, 0.000_01, 256 + 2),
      // Before anything is known requests are taken to be light.
      (2, nil, 40 + 2), (2, 0, 256 + 2),
    ] as [(Int, Double?, Int)])
  func `places are what the workers do in time, and never too few for a load that fits`(
    threads: Int, service: Double?, requests: Int
  ) {
    #expect(bound(threads: threads).places(service: service).requests == requests)
  }

  @Test func `the queue's capacity is the most, and a long wait leaves it as the only bound`() {
    #expect(bound(capacity: 4).places(service: 0.02).requests == 4 + 2)
    #expect(bound(wait: .seconds(3600)).places(service: 1).requests == 256 + 2)
    #expect(bound(wait: .zero).places(service: 0.000_01).requests == 10 + 2)
  }

  @Test func `workers that finish nothing for long are at long work`() {
    #expect(bound().places(service: 0.001, stall: 0.02).requests == 40 + 2)
    #expect(bound().places(service: 0.001, stall: 0.021).requests == 10 + 2)
    #expect(bound().places(service: nil, stall: 1).requests == 10 + 2)
    #expect(bound().places(service: 2, stall: 1).horizon == 10_000_000_000)
  }

  @Test func `a body on its way counts as long as the queue that it found`() {
    #expect(bound().places(service: 0.02).horizon == 100_000_000)
    #expect(bound().places(service: 0.001).horizon == 20_000_000)
    #expect(bound().places(service: .infinity).horizon == 3_600_000_000_000)
  }
}
