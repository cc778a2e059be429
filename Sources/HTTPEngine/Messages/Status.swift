/// A three-digit status code (RFC 9110 §15).
public struct Status: RawRepresentable, Hashable, Sendable {
  /// The code, 100 to 599.
  public let rawValue: UInt16

  /// Wraps a code.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Wraps a code.
  public init(_ code: UInt16) { rawValue = code }

  /// 200 OK.
  public static let ok = Status(200)
  /// 201 Created.
  public static let created = Status(201)
  /// 204 No Content.
  public static let noContent = Status(204)
  /// 400 Bad Request.
  public static let badRequest = Status(400)
  /// 404 Not Found.
  public static let notFound = Status(404)
  /// 405 Method Not Allowed.
  public static let methodNotAllowed = Status(405)
  /// 500 Internal Server Error.
  public static let internalServerError = Status(500)
  /// 503 Service Unavailable.
  public static let serviceUnavailable = Status(503)
}

extension Status: ExpressibleByIntegerLiteral {
  /// Wraps a code.
  public init(integerLiteral value: UInt16) { self.init(rawValue: value) }

  /// Whether it is three digits and ends an exchange; 1xx do not.
  var isFinal: Bool { (200...999).contains(rawValue) }

  /// Whether an answer with this status never has content (RFC 9110 §6.4.1).
  public var forbidsContent: Bool { rawValue < 200 || rawValue == 204 || rawValue == 304 }

  /// Whether the answer says that the body is not wanted, now or at all: 413, 429 and 503 do not
  /// wait for a body of which nothing has arrived, however short it is.
  var refusesBody: Bool { rawValue == 413 || rawValue == 429 || rawValue == 503 }
}
