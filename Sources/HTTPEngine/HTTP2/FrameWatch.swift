/// Follows the frames in a stream of bytes, pure: nothing but headers is looked at (RFC 9113 §4.1).
///
/// nghttp2 does not tell about frames that it ignores, and those are what floods are made of. So the
/// bytes pass here first; knowing where frames end also allows a body to be read where it belongs.
struct FrameWatch {
  /// The header of a frame.
  struct Frame: Equatable {
    var length = 0
    var type: UInt8 = 0
    var flags: UInt8 = 0
    var stream: Int32 = 0
  }

  /// What has just been seen completely.
  enum Sight: Equatable {
    case frame(Frame)
    /// A stream is said to depend on that one (RFC 7540 §5.3.1).
    case dependency(Frame, on: Int32)
  }

  enum FrameType {
    static var data: UInt8 { 0 }
    static var headers: UInt8 { 1 }
    static var priority: UInt8 { 2 }
    static var resetStream: UInt8 { 3 }
    static var settings: UInt8 { 4 }
    static var pushPromise: UInt8 { 5 }
    static var ping: UInt8 { 6 }
    static var goAway: UInt8 { 7 }
    static var windowUpdate: UInt8 { 8 }
    static var continuation: UInt8 { 9 }
    static var priorityUpdate: UInt8 { 16 }
  }

  enum Flag {
    static var endStream: UInt8 { 1 }
    static var acknowledgement: UInt8 { 1 }
    static var endHeaders: UInt8 { 4 }
    static var padded: UInt8 { 8 }
    static var priority: UInt8 { 32 }
  }

  private static var headerBytes: Int { 9 }

  private var skipped: Int
  private var collected = 0
  private var payloadSeen = 0
  private var dependency: UInt32 = 0
  /// The frame that the next byte belongs to, once its header is complete.
  private(set) var frame = Frame()

  /// Starts before the client's preface, or after it.
  init(skipsPreface: Bool = true) { skipped = skipsPreface ? HTTP2Preface.count : 0 }

  /// Payload bytes of the current frame that are still to come.
  var payloadLeft: Int {
    collected == Self.headerBytes ? frame.length - payloadSeen : 0
  }

  /// Whether the next byte starts a frame.
  var isBetweenFrames: Bool { skipped == 0 && collected == 0 }

  /// Goes on from `position` until something can be told; nil when the bytes are used up.
  ///
  /// A frame is told of when its header is complete: `position` stands at its payload.
  mutating func next(_ bytes: Span<UInt8>, from position: inout Int) -> Sight? {
    while position < bytes.count {
      if skipped > 0 {
        let count = min(skipped, bytes.count - position)
        skipped -= count
        position += count
      } else if collected == 0, bytes.count - position >= Self.headerBytes {
        let seen = takeHeader(bytes, &position)
        finishIfComplete()
        return .frame(seen)
      } else if collected < Self.headerBytes {
        collect(bytes[position])
        position += 1
        if collected == Self.headerBytes {
          let seen = frame
          finishIfComplete()
          return .frame(seen)
        }
      } else if let seen = takePayload(bytes, &position) {
        return seen
      }
    }
    return nil
  }

  /// Takes a header that lies there as a whole.
  private mutating func takeHeader(_ bytes: Span<UInt8>, _ position: inout Int) -> Frame {
    let header = bytes.extracting(position..<position + Self.headerBytes)
    frame = Frame(
      length: Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2]), type: header[3],
      flags: header[4],
      stream: Int32(header[5] & 0x7F) << 24 | Int32(header[6]) << 16 | Int32(header[7]) << 8
        | Int32(header[8]))
    collected = Self.headerBytes
    position += Self.headerBytes
    return frame
  }

  private mutating func collect(_ byte: UInt8) {
    switch collected {
    case 0: frame = Frame(length: Int(byte))
    case 1, 2: frame.length = frame.length << 8 | Int(byte)
    case 3: frame.type = byte
    case 4: frame.flags = byte
    case 5: frame.stream = Int32(byte & 0x7F)
    default: frame.stream = frame.stream << 8 | Int32(byte)
    }
    collected += 1
  }

  private mutating func takePayload(_ bytes: Span<UInt8>, _ position: inout Int) -> Sight? {
    if let offset = dependencyOffset, payloadSeen < offset + 4 {
      if payloadSeen >= offset { dependency = dependency << 8 | UInt32(bytes[position]) }
      position += 1
      payloadSeen += 1
      let isKnown = payloadSeen == offset + 4
      let seen = frame
      let on = Int32(truncatingIfNeeded: dependency & 0x7FFF_FFFF)
      finishIfComplete()
      return isKnown ? .dependency(seen, on: on) : nil
    }
    let count = min(payloadLeft, bytes.count - position)
    payloadSeen += count
    position += count
    finishIfComplete()
    return nil
  }

  /// Where the frame names the stream that its own depends on.
  private var dependencyOffset: Int? {
    switch frame.type {
    case FrameType.priority: 0
    case FrameType.headers where frame.flags & Flag.priority != 0:
      frame.flags & Flag.padded != 0 ? 1 : 0
    default: nil
    }
  }

  private mutating func finishIfComplete() {
    guard collected == Self.headerBytes, payloadSeen == frame.length else { return }
    collected = 0
    payloadSeen = 0
    dependency = 0
  }

  /// Bytes that are known to belong to the current frame's payload have been dealt with elsewhere.
  mutating func skipPayload(_ count: Int) {
    payloadSeen += count
    finishIfComplete()
  }
}
