import Testing

@testable import PruningService
@testable import WorkerPool

extension AdmissionLedger.Shortage {
  static let places = Self(supply: .places, isOfShare: false, missing: 1)
  static let shareOfPlaces = Self(supply: .places, isOfShare: true, missing: 1)

  static func bytes(missing: Int) -> Self {
    Self(supply: .bytes, isOfShare: false, missing: missing)
  }

  static func shareOfBytes(missing: Int) -> Self {
    Self(supply: .bytes, isOfShare: true, missing: missing)
  }
}

@Suite struct AdmissionWaitTests {
  private func pool(_ jobsPerSecond: Double?, retryAfterSeconds: Int = 9) -> PoolStatus {
    PoolStatus(
      phase: .running, workers: 2, queueCapacity: 100, reserved: 0, queued: 100, busyWorkers: 2,
      completed: 0, expired: 0, cancelled: 0, abandoned: 0, refused: 0,
      jobsPerSecond: jobsPerSecond, meanServiceSeconds: nil, expectedServiceSeconds: nil,
      stalledSeconds: 0,
      retryAfterSeconds: retryAfterSeconds)
  }

  @Test(
    arguments: [
      (AdmissionLedger.Shortage.places, 9), (.bytes(missing: 1), 1), (.bytes(missing: 500), 5),
      (.bytes(missing: 5000), 10), (.shareOfPlaces, 1), (.shareOfBytes(missing: 1), 1),
      (.shareOfBytes(missing: 300), 4), (.shareOfBytes(missing: 3000), 10),
    ]) func `the wait is what has to leave, at the measured rate`(
      shortage: AdmissionLedger.Shortage, seconds: Int
    )
  {
    // A hundred requests of 10 bytes, a quarter of them the client's, ten leave in a second.
    let wait = AdmissionWait(
      pool: pool(10), total: Holding(requests: 100, bytes: 1000),
      own: Holding(requests: 25, bytes: 750))
    #expect(wait.seconds(until: shortage) == seconds)
    #expect(!wait.isAlone)
  }

  @Test(arguments: [(0.001, 60), (1e9, 1), (nil, 1)] as [(Double?, Int)])
  func `the wait is 1 to 60 seconds`(rate: Double?, seconds: Int) {
    let held = Holding(requests: 10, bytes: 1000)
    let wait = AdmissionWait(pool: pool(rate), total: held, own: held)
    #expect(wait.seconds(until: .bytes(missing: 700)) == seconds)
    #expect(wait.isAlone)
  }

  @Test func `bytes that only answers hold do not divide by zero`() {
    let wait = AdmissionWait(pool: pool(10), total: Holding(bytes: 10), own: Holding())
    #expect(wait.seconds(until: .bytes(missing: 5)) == 1)
    #expect(wait.seconds(until: .shareOfBytes(missing: 5)) == 1)
  }
}
