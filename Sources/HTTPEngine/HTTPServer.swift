internal import Synchronization

/// An HTTP server: loop threads, their listeners and their connections.
public final class HTTPServer: Sendable {
  /// What it was told at its start.
  public let configuration: ServerConfiguration
  private let responder: any Responder
  private let observer: any ServerObserver
  private let loops = Mutex<[EventLoop]>([])

  /// Makes a server that does nothing yet.
  ///
  /// - Parameters:
  ///   - configuration: Addresses, limits and timeouts.
  ///   - responder: Answers the requests.
  ///   - observer: Hears what happens.
  public init(
    configuration: ServerConfiguration, responder: any Responder,
    observer: any ServerObserver = SilentObserver()
  ) {
    self.configuration = configuration
    self.responder = responder
    self.observer = observer
  }

  /// Binds every listener and starts the loop threads; returns where they listen.
  public func start() throws(HTTPEngineError) -> [BoundAddress] { [] }

  /// Stops accepting, closes idle connections and answers what was accepted.
  ///
  /// Returns true when everything has been answered, false when the grace period was over first.
  /// Blocks; must not be called on a loop thread. The loops go on until ``stop()``.
  @discardableResult
  public func drain(gracePeriod: Duration) -> Bool { true }

  /// Closes every connection and ends the loop threads.
  public func stop() {}
}
final class EventLoop: Sendable {}
