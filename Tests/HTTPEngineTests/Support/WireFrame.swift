import CNghttp2

/// One HTTP/2 frame as it is on the wire.
struct WireFrame: Equatable, CustomStringConvertible {
  var type: UInt8
  var flags: UInt8 = 0
  var stream: Int32 = 0
  var payload: [UInt8] = []
  /// The length that the header claims; nil for the real one.
  var claimed: Int?

  var bytes: [UInt8] {
    let length = claimed ?? payload.count
    return [
      UInt8(truncatingIfNeeded: length >> 16), UInt8(truncatingIfNeeded: length >> 8),
      UInt8(truncatingIfNeeded: length), type, flags,
    ] + WireFrame.word(UInt32(bitPattern: stream)) + payload
  }

  var description: String { "frame \(type) flags \(flags) stream \(stream) \(payload.count) bytes" }

  static func word(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  static func settings(_ values: [(UInt16, UInt32)] = []) -> WireFrame {
    let payload = values.flatMap { id, value in
      [UInt8(truncatingIfNeeded: id >> 8), UInt8(truncatingIfNeeded: id)] + word(value)
    }
    return WireFrame(type: 4, payload: payload)
  }

  static func headers(
    _ stream: Int32, _ block: [UInt8], endStream: Bool = true, endHeaders: Bool = true
  ) -> WireFrame {
    WireFrame(
      type: 1, flags: (endStream ? 1 : 0) | (endHeaders ? 4 : 0), stream: stream, payload: block)
  }

  /// A GET for a path.
  static func get(_ stream: Int32, _ path: String = "/", _ more: [(String, String)] = [])
    -> WireFrame
  {
    headers(stream, HeaderBlock.request("GET", path, more))
  }

  /// The head of a POST, whose body follows.
  static func post(
    _ stream: Int32, _ path: String = "/", _ more: [(String, String)] = []
  ) -> WireFrame {
    headers(stream, HeaderBlock.request("POST", path, more), endStream: false)
  }

  static func continuation(_ stream: Int32, _ block: [UInt8], endHeaders: Bool = true) -> WireFrame
  {
    WireFrame(type: 9, flags: endHeaders ? 4 : 0, stream: stream, payload: block)
  }

  static func data(_ stream: Int32, _ text: String = "", endStream: Bool = true) -> WireFrame {
    WireFrame(type: 0, flags: endStream ? 1 : 0, stream: stream, payload: Array(text.utf8))
  }

  /// A part of a body.
  static func data(_ stream: Int32, _ bytes: ArraySlice<UInt8>, endStream: Bool = true) -> WireFrame
  {
    WireFrame(type: 0, flags: endStream ? 1 : 0, stream: stream, payload: Array(bytes))
  }

  static func ping(_ text: String = "12345678", acknowledges: Bool = false) -> WireFrame {
    WireFrame(type: 6, flags: acknowledges ? 1 : 0, payload: Array(text.utf8))
  }

  static func reset(_ stream: Int32, _ code: UInt32 = 8) -> WireFrame {
    WireFrame(type: 3, stream: stream, payload: word(code))
  }

  static func window(_ stream: Int32, _ increment: UInt32) -> WireFrame {
    WireFrame(type: 8, stream: stream, payload: word(increment))
  }

  static func priority(_ stream: Int32, dependsOn other: UInt32 = 0) -> WireFrame {
    WireFrame(type: 2, stream: stream, payload: word(other) + [15])
  }

  static func goAway(stream: Int32 = 0, code: UInt32 = 0) -> WireFrame {
    WireFrame(type: 7, stream: stream, payload: word(0) + word(code))
  }

  /// Takes the complete frames off the front of some bytes.
  static func parse(_ bytes: inout [UInt8]) -> [WireFrame] {
    var frames: [WireFrame] = []
    var start = 0
    while bytes.count - start >= 9 {
      let length = Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
      guard bytes.count - start >= 9 + length else { break }
      let stream = bytes[start + 5..<start + 9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      frames.append(
        WireFrame(
          type: bytes[start + 3], flags: bytes[start + 4], stream: Int32(bitPattern: stream),
          payload: Array(bytes[start + 9..<start + 9 + length])))
      start += 9 + length
    }
    bytes.removeFirst(start)
    return frames
  }

  /// The error code of a RST_STREAM or GOAWAY frame.
  var code: UInt32? {
    switch type {
    case 3: payload.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    case 7: payload.dropFirst(4).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    default: nil
    }
  }

  var endsStream: Bool { (type == 0 || type == 1) && flags & 1 != 0 }
}

/// Field lines as HPACK literals that no table remembers (RFC 7541 §6.2.2).
enum HeaderBlock {
  static func lines(_ lines: [(String, String)]) -> [UInt8] {
    lines.flatMap { [0] + string($0) + string($1) }
  }

  static func request(
    _ method: String, _ path: String, _ more: [(String, String)] = []
  ) -> [UInt8] {
    lines(
      [(":method", method), (":scheme", "http"), (":path", path), (":authority", "a")] + more)
  }

  private static func string(_ text: String) -> [UInt8] {
    let bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
    var rest = bytes.count - 127
    var length: [UInt8] = [127]
    while rest >= 128 {
      length.append(UInt8(rest % 128 + 128))
      rest /= 128
    }
    return length + [UInt8(rest)] + bytes
  }
}

/// Reads the field sections of a server, whose dynamic table it keeps.
///
/// Safety: the inflater is made here, freed in `deinit`, and used by one test at a time.
@safe
final class HeaderReader {
  private var inflater: OpaquePointer?

  init() { unsafe nghttp2_hd_inflate_new(&inflater) }

  deinit { unsafe nghttp2_hd_inflate_del(inflater) }

  /// The lines of a complete section; nil when it cannot be decoded.
  func read(_ block: [UInt8]) -> [(name: String, value: String)]? {
    var lines: [(name: String, value: String)] = []
    var position = 0
    while true {
      var line = unsafe nghttp2_nv()
      var flags: Int32 = 0
      let used = unsafe block[position...].withUnsafeBytes {
        unsafe nghttp2_hd_inflate_hd2(
          inflater, &line, &flags, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count, 1)
      }
      guard used >= 0 else { return nil }
      position += used
      if UInt32(flags) & NGHTTP2_HD_INFLATE_EMIT.rawValue != 0 {
        lines.append(unsafe (text(line.name, line.namelen), text(line.value, line.valuelen)))
      }
      if UInt32(flags) & NGHTTP2_HD_INFLATE_FINAL.rawValue != 0 {
        unsafe nghttp2_hd_inflate_end_headers(inflater)
        return lines
      }
      if UInt32(flags) & NGHTTP2_HD_INFLATE_EMIT.rawValue == 0, position == block.count {
        return lines
      }
    }
  }

  private func text(_ start: UnsafeMutablePointer<UInt8>?, _ count: Int) -> String {
    unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }
}
