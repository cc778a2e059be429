/// How urgent an answer is (RFC 9218 §4).
struct StreamPriority: Equatable {
  /// 0 is the most urgent, 7 the least.
  var urgency = 3
  /// Whether a client can use the answer piece by piece.
  var isIncremental = false

  init() {}

  /// Reads a priority field value; what it does not know or cannot read keeps its default.
  init(_ value: Span<UInt8>) {
    var start = 0
    while start < value.count {
      var end = start
      while end < value.count, value[end] != UInt8(ascii: ",") { end += 1 }
      take(value.extracting(start..<end))
      start = end + 1
    }
  }

  private mutating func take(_ member: Span<UInt8>) {
    var first = 0
    while first < member.count, Self.isSpace(member[first]) { first += 1 }
    var end = first
    while end < member.count, member[end] != UInt8(ascii: ";"), !Self.isSpace(member[end]) {
      end += 1
    }
    let text = member.extracting(first..<end)
    switch text.count {
    case 1 where text[0] == UInt8(ascii: "i"): isIncremental = true
    case 3 where text[0] == UInt8(ascii: "u") && text[1] == UInt8(ascii: "="):
      if (0x30...0x37).contains(text[2]) { urgency = Int(text[2]) - 0x30 }
    case 4 where Characters.equals(text, "i=?1"): isIncremental = true
    case 4 where Characters.equals(text, "i=?0"): isIncremental = false
    default: return
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }
}

/// What a client says about the urgency of its streams by PRIORITY_UPDATE (RFC 9218 §7.1).
///
/// Pure. A frame may come before the request that it is about: it is kept until then, for so many
/// streams as a client has in hand at once and no more.
struct PriorityUpdates {
  /// One frame's worth.
  struct Update: Equatable {
    let stream: Int32
    let priority: StreamPriority
  }

  /// How many are kept.
  static var kept: Int { 32 }
  /// Longer frames are ignored: two parameters need few bytes.
  private static var longest: Int { 64 }

  private var payload: [UInt8] = []
  private var count = 0
  private var held: [Update] = []

  /// Whether nothing is kept.
  var isEmpty: Bool { held.isEmpty }

  /// Takes a piece of a frame's payload.
  mutating func collect(_ bytes: Span<UInt8>) {
    count += bytes.count
    guard count <= Self.longest else { return }
    for index in bytes.indices { payload.append(bytes[index]) }
  }

  /// Ends a frame; nil for one that is too long to be read.
  mutating func complete() -> Update? {
    defer {
      payload.removeAll(keepingCapacity: true)
      count = 0
    }
    guard count == payload.count, count >= 4 else { return nil }
    let word = payload.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return Update(
      stream: Int32(word & 0x7FFF_FFFF),
      priority: StreamPriority(payload.span.extracting(4..<payload.count)))
  }

  /// Keeps an update for a stream that has not begun; the last one counts.
  mutating func hold(_ update: Update) {
    held.removeAll { $0.stream == update.stream }
    if held.count == Self.kept { held.removeFirst() }
    held.append(update)
  }

  /// What was kept for a stream, which is not needed again.
  mutating func take(_ stream: Int32) -> StreamPriority? {
    guard let index = held.firstIndex(where: { $0.stream == stream }) else { return nil }
    return held.remove(at: index).priority
  }
}
