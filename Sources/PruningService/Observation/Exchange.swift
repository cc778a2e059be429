import HTTPEngine
import WorkerPool

/// What is known of a request when its answer leaves.
struct Exchange: Sendable {
  /// The method; nil when the head could not be read.
  let method: Method?
  /// The route's pattern: never the path, which a client can choose.
  let route: String
  /// The identifier of the request.
  let id: RequestID
  /// When the head was complete, in nanoseconds of ``MonotonicClock``.
  let receivedAt: UInt64
  /// How long each phase took, where there were phases.
  var timing: PhaseTiming?
}
