import WorkerPool

/// How long until there may be room, told from what is held and how fast work leaves the pool.
struct AdmissionWait {
  /// What the pool is doing.
  let pool: PoolStatus
  /// What all requests hold.
  let total: Holding
  /// What the client's requests hold.
  let own: Holding

  /// Whether nobody else holds anything.
  var isAlone: Bool { own == total }

  /// Whole seconds, 1 to 60.
  func seconds(until shortage: AdmissionLedger.Shortage) -> Int {
    let holder = shortage.isOfShare ? own : total
    guard shortage.supply != .places else {
      return shortage.isOfShare ? seconds(ownJobs: 1) : pool.retryAfterSeconds
    }
    let jobs = Self.requests(with: shortage.missing, of: holder)
    return shortage.isOfShare ? seconds(ownJobs: jobs) : seconds(jobs: jobs)
  }

  /// Until that many of the client's own requests are done; everyone's leave in turn.
  private func seconds(ownJobs: Double) -> Int {
    seconds(jobs: ownJobs * Double(total.requests) / Double(max(own.requests, 1)))
  }

  private func seconds(jobs: Double) -> Int {
    guard let rate = pool.jobsPerSecond, rate > 0 else { return 1 }
    return Int(min(max((jobs / rate).rounded(.up), 1), 60))
  }

  /// How many average requests hold that many bytes; all of them if bytes are held by answers.
  private static func requests(with bytes: Int, of holding: Holding) -> Double {
    let all = Double(max(holding.requests, 1))
    return min((Double(bytes) / Double(max(holding.bytes, 1)) * all).rounded(.up), all)
  }
}
