import Glibc
import TestSupport
import Testing

@testable import HTTPEngine

struct HTTPDateTests {
  @Test(
    arguments: [
      (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
      (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
      (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
      (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"),
      (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
      (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
      (2_147_483_647, "Tue, 19 Jan 2038 03:14:07 GMT"),
      (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
      (-62_167_219_200, "Sat, 01 Jan 0000 00:00:00 GMT"), (.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
      (.min, "Sat, 01 Jan 0000 00:00:00 GMT"),
    ] as [(Int64, String)])
  func `formats`(unixSeconds: Int64, text: String) {
    #expect(HTTPDate(unixSeconds: unixSeconds).text == text)
  }

  @Test func `agrees with the C library`() {
    let seed: UInt64 = 7
    var random = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      let seconds = Int64.random(in: -62_000_000_000..<253_402_300_800, using: &random)
      #expect(HTTPDate(unixSeconds: seconds).text == reference(seconds), "seed \(seed)")
    }
  }

  @Test func `agrees with the C library on every day of four centuries`() {
    for day in stride(from: Int64(0), to: 146_097, by: 1) {
      let date = HTTPDate(unixSeconds: day * 86_400)
      guard date.text != reference(day * 86_400) else { continue }
      Issue.record("day \(day): \(date.text)")
    }
  }

  @Test func `is updated in place`() {
    var date = HTTPDate(unixSeconds: 0)
    date.update(unixSeconds: 784_111_777)
    #expect(date.text == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(date.unixSeconds == 784_111_777)
    date.update(unixSeconds: 784_111_777)
    #expect(date.text == "Sun, 06 Nov 1994 08:49:37 GMT")
  }

  @Test func `gives its bytes without a copy`() {
    let date = HTTPDate(unixSeconds: 0)
    let bytes = date.bytes
    #expect(bytes.count == HTTPDate.length)
    var text = ""
    for index in bytes.indices { text.unicodeScalars.append(Unicode.Scalar(bytes[index])) }
    #expect(text == date.text)
  }

  private func reference(_ seconds: Int64) -> String {
    var time = Int(seconds)
    var parts = unsafe tm()
    var buffer = [CChar](repeating: 0, count: 64)
    // Safe: the pointers live for the calls, and strftime is told the buffer's size.
    unsafe gmtime_r(&time, &parts)
    let count = unsafe strftime(&buffer, buffer.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
    let text = String(decoding: buffer.prefix(count).map(UInt8.init), as: UTF8.self)
    // The C library does not pad the year.
    let digits = text.count - 25
    return digits == 4
      ? text
      : text.prefix(12) + String(repeating: "0", count: 4 - digits)
        + text.dropFirst(12)
  }
}
