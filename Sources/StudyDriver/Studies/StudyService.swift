/// One call of the contract (openapi.yaml), whoever answers it.
public struct StudyCall: Sendable, Equatable {
  /// The method.
  public let method: String
  /// The path with its query.
  public let target: String
  /// The content; nil for none.
  public var body: [UInt8]?
  /// What the content is.
  public var mediaType: String

  /// Makes a call.
  ///
  /// - Parameters:
  ///   - method: The method.
  ///   - target: The path with its query.
  ///   - body: The content; nil for none.
  ///   - mediaType: What the content is.
  public init(
    _ method: String, _ target: String, body: [UInt8]? = nil,
    mediaType: String = "application/json"
  ) {
    self.method = method
    self.target = target
    self.body = body
    self.mediaType = mediaType
  }

  /// Text as one segment of a path or one value of a query.
  public static func escaped(_ text: String) -> String { text.percentEncoded }
}

/// Who keeps studies: a server, or a store that this process opens itself.
public protocol StudyService: Sendable {
  /// Answers a call.
  ///
  /// - Parameters:
  ///   - call: What is asked.
  ///   - stop: Cuts it short.
  /// - Returns: The answer, whatever its status.
  /// - Throws: ``StudyDriverError/Code/unreachable``, ``StudyDriverError/Code/malformedAnswer``,
  ///   ``StudyDriverError/Code/timedOut``, ``StudyDriverError/Code/interrupted``.
  func answer(to call: StudyCall, _ stop: StopSignal) throws(StudyDriverError) -> HTTPAnswer
}

/// A running server.
public struct ServerStudyService: StudyService {
  private let exchange: HTTPExchange
  /// How long one call may take.
  private static let seconds = 120.0

  /// Names a server.
  ///
  /// - Parameters:
  ///   - address: Where it is.
  ///   - apiKey: What lets this program in, where the server wants that.
  public init(_ address: HTTPAddress, apiKey: String? = nil) {
    exchange = HTTPExchange(address: address, apiKey: apiKey)
  }

  /// Sends a call over a connection of its own.
  public func answer(
    to call: StudyCall, _ stop: StopSignal
  ) throws(StudyDriverError) -> HTTPAnswer {
    try exchange.answer(
      call.method, call.target, body: call.body, mediaType: call.mediaType,
      Patience(stop, seconds: Self.seconds))
  }
}
