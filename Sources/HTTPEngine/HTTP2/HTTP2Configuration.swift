/// What HTTP/2 connections are allowed, beyond the limits that hold for every protocol.
public struct HTTP2Configuration: Sendable, Equatable {
  /// Requests that one connection may have in hand at once; more are refused and can be repeated.
  public var maximumStreams = 128
  /// Bytes that a client may send ahead on a connection and on each of its streams.
  ///
  /// Bodies that were not accepted are dropped, so this is not a bound on memory.
  public var windowBytes = 16 << 20
  /// The longest frame that is taken.
  public var frameBytes = 1 << 20
  /// How many frames that bring nothing forward a connection may send at once, see ``FrameBudget``.
  public var frameBurst = 1000
  /// How many of them it may send per second for as long as it likes.
  public var framesPerSecond = 100

  /// Makes the default configuration.
  public init() {}
}
