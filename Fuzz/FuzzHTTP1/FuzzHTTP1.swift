// The first four bytes choose: limits and admission, when answers come, where the input is split.
import FuzzHarness

/// Shows arbitrary bytes to the HTTP/1.1 machine three times, in different pieces and with answers
/// at different times: requests, refusals and answers must be the same.
@main struct FuzzHTTP1 {
  static func main() {
    _ = unsafe FuzzHarness.run { (data, size) in
      FuzzHTTP1.test(unsafe FuzzHarness.bytes(copying: data, size))
      return 0
    }
  }

  private static func test(_ input: [UInt8]) {
    guard input.count > 4 else { return }
    let client = Array(input.dropFirst(4))
    let choices = Choices(input[0])
    var whole = Conversation(choices, delaysAnswers: false, readsBodiesDirectly: false)
    whole.receive(client[...])
    whole.finish()
    var split = Conversation(
      choices, delaysAnswers: input[1] & 1 != 0, readsBodiesDirectly: input[1] & 2 != 0)
    for piece in pieces(of: client, input[2], input[3]) { split.receive(piece) }
    split.finish()
    check(split.events, equal: whole.events, "in pieces")
    guard client.count <= 512 else { return }
    var single = Conversation(choices, delaysAnswers: true, readsBodiesDirectly: true)
    for index in client.indices { single.receive(client[index...index]) }
    single.finish()
    check(single.events, equal: whole.events, "byte by byte")
  }

  private static func check(_ events: [Event], equal expected: [Event], _ manner: String) {
    FuzzHarness.require(
      events == expected, "\(manner):\n\(events)\nat once:\n\(expected)")
  }

  /// Pieces of lengths that two bytes determine.
  private static func pieces(
    of bytes: [UInt8], _ first: UInt8, _ second: UInt8
  ) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var state = UInt32(first) << 8 | UInt32(second)
    var start = 0
    while start < bytes.count {
      state = state &* 1_664_525 &+ 1_013_904_223
      let end = min(bytes.count, start + 1 + Int(state >> 16) % (Int(second % 64) + 1))
      pieces.append(bytes[start..<end])
      start = end
    }
    return pieces
  }
}
