/// The field names that decide framing, routing, the connection's life or what the content is.
enum KnownField: UInt16, Sendable {
  case other = 0
  case host = 1
  case contentLength = 2
  case transferEncoding = 4
  case connection = 8
  case expect = 16
  case date = 32
  case server = 64
  case trailer = 128
  case keepAlive = 256
  case upgrade = 512
  case te = 1024
  case contentType = 2048
  case contentEncoding = 4096
  case authorization = 8192
  /// A framing field spelt with an underscore.
  case disguisedFraming = 16384
  /// If-None-Match or If-Modified-Since.
  case precondition = 32768

  /// Which of them occur.
  struct Set: Sendable, ExpressibleByArrayLiteral {
    private var bits: UInt16 = 0

    init(arrayLiteral elements: KnownField...) {
      for element in elements { insert(element) }
    }

    var isEmpty: Bool { bits == 0 }

    mutating func insert(_ field: KnownField) { bits |= field.rawValue }

    mutating func formUnion(_ other: Set) { bits |= other.bits }

    func contains(_ field: KnownField) -> Bool { bits & field.rawValue != 0 }

    func isDisjoint(with other: Set) -> Bool { bits & other.bits == 0 }
  }

  /// Recognises a name without regard to case.
  init(_ name: Span<UInt8>) {
    switch name.count {
    case 2 where Characters.equals(name, "te"): self = .te
    case 4 where Characters.equals(name, "host"): self = .host
    case 4 where Characters.equals(name, "date"): self = .date
    case 6 where Characters.equals(name, "expect"): self = .expect
    case 6 where Characters.equals(name, "server"): self = .server
    case 7 where Characters.equals(name, "trailer"): self = .trailer
    case 7 where Characters.equals(name, "upgrade"): self = .upgrade
    case 10 where Characters.equals(name, "connection"): self = .connection
    case 10 where Characters.equals(name, "keep-alive"): self = .keepAlive
    case 12 where Characters.equals(name, "content-type"): self = .contentType
    case 13 where Characters.equals(name, "authorization"): self = .authorization
    case 13 where Characters.equals(name, "if-none-match"): self = .precondition
    case 14 where Characters.equals(name, "content-length"): self = .contentLength
    case 14 where Characters.equals(name, "content_length"): self = .disguisedFraming
    case 16 where Characters.equals(name, "content-encoding"): self = .contentEncoding
    case 17 where Characters.equals(name, "transfer-encoding"): self = .transferEncoding
    case 17 where Characters.equals(name, "transfer_encoding"): self = .disguisedFraming
    case 17 where Characters.equals(name, "if-modified-since"): self = .precondition
    default: self = .other
    }
  }
}
