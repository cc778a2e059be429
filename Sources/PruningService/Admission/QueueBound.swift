import WorkerPool

/// How many requests may wait for a worker, by the time that they would have to.
///
/// Places alone bound a wait only together with what a request takes: 256 of them are a moment for
/// small requests and seconds for large ones. So the places that are given out are as many as the
/// workers do in the time that a wait may take, but never fewer than random arrivals need.
struct QueueBound: Sendable {
  /// What admission goes by at one moment.
  struct Places: Sendable, Equatable {
    /// Requests that may wait or run.
    var requests: Int
    /// For how long after its head a request counts although its body has not come, in nanoseconds.
    ///
    /// In that time the queue that it found is worked off. Counted for longer, slow uploads would
    /// leave workers idle; not counted at all, they would arrive together and wait. One that falls
    /// silent before counts no longer: nobody knows when it will want a worker.
    var horizon: UInt64

    /// As many as there are places at all.
    static let all = Places(requests: .max, horizon: .max)
  }

  private let workers: Int
  private let capacity: Int
  private let wait: Double

  /// Places beside one for each worker that are given out however long their wait.
  ///
  /// At 80 % load, random arrivals to one worker find ten in front of them once in a hundred times,
  /// which is about so for many workers too: with fewer places a load that could be carried would be
  /// refused, and with about twice as many an overload would double the latency of that load.
  static let leastPlaces = 8
  /// How long a request is taken to run before any has, in seconds.
  static let firstService = 0.001

  init(_ configuration: ServiceConfiguration) {
    workers = configuration.threads
    capacity = configuration.queueCapacity
    let (seconds, attoseconds) = configuration.queueWait.components
    wait = Double(seconds) + Double(attoseconds) / 1e18
  }

  /// What may wait now.
  ///
  /// - Parameters:
  ///   - service: How long a request is expected to run, in seconds; nil before any has.
  ///   - stall: For how long no worker has finished, in seconds. Once that is longer than a wait may
  ///     be, those that run are taken to be as long at least.
  /// - Returns: At most the capacity of the queue, and the workers.
  func places(service: Double?, stall: Double = 0) -> Places {
    let usual = max(service ?? Self.firstService, 1e-9)
    let turn = (stall > wait ? max(usual, stall) : usual) / Double(workers)
    let least = Double(Self.leastPlaces + workers)
    let waiting = max(least, wait / turn)
    return Places(
      requests: Int(min(waiting, Double(capacity))) + workers,
      horizon: UInt64(min(waiting * turn, 3600) * 1e9))
  }
}
