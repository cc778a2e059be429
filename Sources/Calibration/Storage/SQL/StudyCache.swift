internal import Locking

/// What a store has read and parsed, kept by revision, so that a call's work is what has changed.
///
/// The database is asked for revisions in every call, so nothing here is ever stale. What is kept is
/// bounded, the longest unused study goes first.
final class StudyCache: Sendable {
  /// What a study's row says beside what changes with every trial.
  struct Facts: Sendable {
    let name: String
    let serial: Int64
    let revision: Int
    let study: Study

    fileprivate var rows: Int { study.calibrationSet?.rows ?? 0 }
  }

  private struct State: Sendable {
    var facts: [String: Facts] = [:]
    var factRows = 0
    var trials: [Int64: [Trial]] = [:]
    var baselines: [Int64: [Float]] = [:]
    /// Serials, the most recently used last.
    var order: [Int64] = []

    mutating func touch(_ serial: Int64) {
      guard order.last != serial else { return }
      order.removeAll { $0 == serial }
      order.append(serial)
    }

    mutating func forget(_ serial: Int64) {
      order.removeAll { $0 == serial }
      trials[serial] = nil
      baselines[serial] = nil
    }

    /// Drops what is beyond the bounds, but never what is in use now.
    mutating func shrink() {
      while order.count > 1, isTooLarge, let oldest = order.first { forget(oldest) }
    }

    private var isTooLarge: Bool {
      order.count > 256 || trials.values.reduce(0) { $0 + $1.count } > StudyCache.maximumTrials
        || baselines.values.reduce(0) { $0 + $1.count } > StudyCache.maximumElements
    }
  }

  /// Some 30 MB.
  static let maximumTrials = 20_000
  /// 64 MiB.
  static let maximumElements = 1 << 24
  /// As many names as there are studies.
  private static let maximumNames = 1000
  /// The rows of all their calibration sets; some 100 MB where these are named.
  private static let maximumRows = 1 << 20

  private let state = Locked(State())

  /// What is known of the study of a name.
  func facts(named name: String) -> Facts? { state.withLock { $0.facts[name] } }

  func keep(_ facts: Facts) {
    state.withLock { state in
      state.factRows += facts.rows - (state.facts[facts.name]?.rows ?? 0)
      state.facts[facts.name] = facts
      guard state.facts.count > Self.maximumNames || state.factRows > Self.maximumRows else {
        return
      }
      state.facts = [facts.name: facts]
      state.factRows = facts.rows
    }
  }

  /// The trials as they were when they were read last, by number.
  func trials(of serial: Int64) -> [Trial] {
    state.withLock { state in
      state.touch(serial)
      return state.trials[serial] ?? []
    }
  }

  func keep(_ trials: [Trial], of serial: Int64) {
    state.withLock { state in
      state.touch(serial)
      state.trials[serial] = trials
      state.shrink()
    }
  }

  /// The unpruned vectors, which never change once there are any.
  func baseline(of serial: Int64) -> [Float]? { state.withLock { $0.baselines[serial] } }

  func keep(_ baseline: [Float], of serial: Int64) {
    guard baseline.count <= Self.maximumElements else { return }
    state.withLock { state in
      state.touch(serial)
      state.baselines[serial] = baseline
      state.shrink()
    }
  }

  func forget(_ serial: Int64) { state.withLock { $0.forget(serial) } }
}
