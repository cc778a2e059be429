import Testing

@testable import HTTPEngine

@Suite struct OutputBufferTests {
  private func text(_ buffer: OutputBuffer) -> String {
    // The buffer outlives the copy.
    unsafe String(decoding: buffer.bytes, as: UTF8.self)
  }

  @Test(arguments: [0, 7, 10, 99, 100, 65536, 1_234_567_890_123, Int.max])
  func `writes numbers`(_ number: Int) {
    let buffer = OutputBuffer()
    buffer.append(decimal: number)
    buffer.append(" ")
    buffer.append(hexadecimal: number)
    #expect(text(buffer) == "\(number) \(String(number, radix: 16))")
  }

  @Test func `grows and starts again`() {
    let buffer = OutputBuffer()
    let piece = [UInt8](repeating: 0x61, count: 50_000)
    for _ in 0..<10 { buffer.append(piece.span) }
    buffer.append("b")
    #expect(buffer.count == 500_001)
    #expect(text(buffer) == String(repeating: "a", count: 500_000) + "b")
    buffer.clear()
    #expect(text(buffer).isEmpty)
  }
}
