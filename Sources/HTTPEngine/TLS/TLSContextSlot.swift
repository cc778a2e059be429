internal import Locking
internal import Synchronization

/// The context that new connections of a TLS listener use; may be exchanged at any time.
final class TLSContextSlot: Sendable {
  private struct State {
    var configuration: TLSConfiguration
    var context: TLSContext
  }

  let listener: String
  private let protocols: [ApplicationProtocol]
  private let state: Locked<State>
  private let exchanged = Atomic(0)

  /// Reads the certificates of a listener; nil if it does not encrypt.
  init?(_ listener: ListenerConfiguration) throws(HTTPEngineError) {
    guard let configuration = listener.tls else { return nil }
    self.listener = listener.name
    protocols = listener.protocols
    let context = try Self.context(configuration, listener.protocols, listener.name)
    state = Locked(State(configuration: configuration, context: context))
  }

  /// What a new connection uses.
  var current: TLSContext { state.withLock(\.context) }

  /// How often the context has been exchanged.
  var exchanges: Int { exchanged.load(ordering: .acquiring) }

  /// Reads certificates anew; what it returns puts them into use.
  func prepare(
    _ configuration: TLSConfiguration?
  ) throws(HTTPEngineError) -> @Sendable () -> Void {
    let wanted = configuration ?? state.withLock(\.configuration)
    let context = try Self.context(wanted, protocols, listener)
    return { [self] in
      state.withLock { $0 = State(configuration: wanted, context: context) }
      exchanged.add(1, ordering: .releasing)
    }
  }

  private static func context(
    _ configuration: TLSConfiguration, _ protocols: [ApplicationProtocol], _ listener: String
  ) throws(HTTPEngineError) -> TLSContext {
    do throws(HTTPEngineError) {
      return try TLSContext(configuration, protocols: protocols)
    } catch {
      throw HTTPEngineError(error.code, listener: listener, file: error.file)
    }
  }
}
