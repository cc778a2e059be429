// The first byte chooses limits and how requests are answered, the second where the input is split.
import FuzzHarness

/// Shows a client's frames to the HTTP/2 session three times.
///
/// At once and in pieces it must find the same. The third time output is written in between, and
/// what holds at any time is checked.
@main struct FuzzHTTP2 {
  static func main() {
    _ = unsafe FuzzHarness.run { (data, size) in
      FuzzHTTP2.test(unsafe FuzzHarness.bytes(copying: data, size))
      return 0
    }
  }

  private static func test(_ input: [UInt8]) {
    guard input.count > 2 else { return }
    let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
    let beginning = input[0] & 128 == 0 ? preface + settings : []
    let client = beginning + input.dropFirst(2)
    let whole = FrameConversation(input[0], writesAtOnce: false)
    whole.receive(client[...])
    let split = FrameConversation(input[0], writesAtOnce: false)
    for piece in pieces(of: client, input[1]) { split.receive(piece) }
    FuzzHarness.require(
      split.events == whole.events && split.failure == whole.failure,
      "in pieces:\n\(split.events) \(split.failure)\nat once:\n\(whole.events) \(whole.failure)")
    let lively = FrameConversation(input[0], writesAtOnce: true)
    for piece in pieces(of: client, input[1]) { lively.receive(piece) }
    for conversation in [whole, split, lively] { conversation.finish() }
  }

  /// Pieces of lengths that one byte determines.
  private static func pieces(of bytes: [UInt8], _ seed: UInt8) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var state = UInt32(seed)
    var start = 0
    while start < bytes.count {
      state = state &* 1_664_525 &+ 1_013_904_223
      let end = min(bytes.count, start + 1 + Int(state >> 16) % (Int(seed % 64) + 1))
      pieces.append(bytes[start..<end])
      start = end
    }
    return pieces
  }
}
