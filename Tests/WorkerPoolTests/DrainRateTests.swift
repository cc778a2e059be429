import Testing

@testable import WorkerPool

struct DrainRateTests {
  private let millisecond: UInt64 = 1_000_000

  @Test func `asks for a second before anything is known`() {
    #expect(DrainRate().retryAfterSeconds(depth: 1000, at: 0, isBusy: true) == 1)
    #expect(DrainRate().jobsPerSecond(at: 0, isBusy: true) == nil)
  }

  @Test func `measures steady completions`() throws {
    let rate = steady(intervalMilliseconds: 10, jobs: 50)
    let perSecond = try #require(rate.jobsPerSecond(at: 500 * millisecond, isBusy: true))
    #expect(abs(perSecond - 100) < 1e-9)
    #expect(rate.meanService == 4e6)
  }

  @Test func `counts only busy time`() throws {
    var rate = steady(intervalMilliseconds: 10, jobs: 50)
    let later = 3_600_000 * millisecond
    rate.becameBusy(at: later)
    rate.finished(at: later + 10 * millisecond, service: nil)
    let perSecond = try #require(rate.jobsPerSecond(at: 2 * later, isBusy: false))
    #expect(abs(perSecond - 100) < 1e-9)
  }

  @Test func `notices that nothing has finished for long`() throws {
    let rate = steady(intervalMilliseconds: 10, jobs: 50)
    let perSecond = try #require(rate.jobsPerSecond(at: 2500 * millisecond, isBusy: true))
    #expect(abs(perSecond - 0.5) < 1e-9)
  }

  @Test func `follows a change within some dozens of jobs`() throws {
    var rate = steady(intervalMilliseconds: 10, jobs: 50)
    for job in 1...40 as ClosedRange<UInt64> {
      rate.finished(at: (500 + job * 20) * millisecond, service: 8_000_000)
    }
    let perSecond = try #require(rate.jobsPerSecond(at: 1300 * millisecond, isBusy: true))
    #expect(abs(perSecond - 50) < 1)
    #expect(abs((rate.meanService ?? 0) - 8e6) < 1e5)
  }

  @Test(arguments: [(0, 1), (1, 1), (100, 1), (101, 2), (1000, 10), (6000, 60), (1_000_000, 60)])
  func `rounds depth over rate up, within a second and a minute`(depth: Int, seconds: Int) {
    let rate = steady(intervalMilliseconds: 10, jobs: 50)
    #expect(
      rate.retryAfterSeconds(depth: depth, at: 500 * millisecond, isBusy: true) == seconds)
  }

  @Test func `expects heavy jobs at once and light ones only after many`() throws {
    var rate = steady(intervalMilliseconds: 10, jobs: 50)
    #expect(DrainRate().expectedService == nil)
    #expect(rate.expectedService == 4e6)
    for _ in 0..<8 { rate.finished(at: 0, service: 40_000_000) }
    #expect(try #require(rate.expectedService) > 25e6)
    for _ in 0..<32 { rate.finished(at: 0, service: 4_000_000) }
    #expect(try #require(rate.meanService) < 5e6)
    #expect(try #require(rate.expectedService) > 6e6)
    for _ in 0..<400 { rate.finished(at: 0, service: 4_000_000) }
    #expect(try #require(rate.expectedService) < 4.1e6)
  }

  @Test func `tells for how long no job has left`() {
    let rate = steady(intervalMilliseconds: 10, jobs: 50)
    #expect(rate.stall(at: 600 * millisecond, isBusy: true) == 100 * millisecond)
    #expect(rate.stall(at: 600 * millisecond, isBusy: false) == 0)
    #expect(rate.stall(at: 100 * millisecond, isBusy: true) == 0)
  }

  @Test func `stands completions at one instant or out of order`() throws {
    var rate = DrainRate()
    rate.becameBusy(at: 100)
    rate.finished(at: 100, service: 0)
    rate.finished(at: 90, service: 0)
    #expect(rate.jobsPerSecond(at: 80, isBusy: true) == 1e9)
    #expect(rate.retryAfterSeconds(depth: .max, at: 100, isBusy: true) == 60)
  }

  private func steady(intervalMilliseconds: UInt64, jobs: UInt64) -> DrainRate {
    var rate = DrainRate()
    rate.becameBusy(at: 0)
    for job in 1...jobs {
      rate.finished(at: job * intervalMilliseconds * millisecond, service: 4_000_000)
    }
    return rate
  }
}
