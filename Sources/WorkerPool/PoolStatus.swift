/// What a pool was doing at one moment.
public struct PoolStatus: Sendable, Equatable {
  /// How far the pool is on its way from start to end.
  public enum Phase: Sendable, Hashable {
    /// Takes new work.
    case running
    /// Finishes what it has accepted.
    case draining
    /// Has stopped.
    case stopped
  }

  /// Where the pool stands.
  public let phase: Phase
  /// The number of workers.
  public let workers: Int
  /// The number of waiting places.
  public let queueCapacity: Int
  /// Places held by requests whose bodies are still on their way.
  public let reserved: Int
  /// Jobs in the queue.
  public let queued: Int
  /// Workers that run a job.
  public let busyWorkers: Int
  /// Jobs that a worker ran.
  public let completed: UInt64
  /// Jobs whose deadline passed in the queue.
  public let expired: UInt64
  /// Jobs whose client went away while they were in the queue.
  public let cancelled: UInt64
  /// Jobs that the end of the pool kept from running.
  public let abandoned: UInt64
  /// Reservations refused because every place was taken or the pool was draining.
  public let refused: UInt64
  /// Jobs per second while busy, nil before the first one has finished.
  public let jobsPerSecond: Double?
  /// Mean time that a job runs, in seconds, nil before the first one has finished.
  public let meanServiceSeconds: Double?
  /// How long the next jobs may be expected to run, in seconds: more than the mean when jobs differ.
  public let expectedServiceSeconds: Double?
  /// For how long no job has left although there was one, in seconds.
  public let stalledSeconds: Double
  /// When a refused client should come back: depth over rate, 1 to 60 seconds.
  public let retryAfterSeconds: Int

  /// Waiting places in use, reserved or queued.
  public var depth: Int { reserved + queued }
}
