import Foundation
import TensorCoding
import Testing

/// Sanitizers keep freed memory and shadows of it, so that peaks mean nothing.
private let isSanitized =
  unsafe dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil

@Suite(.serialized, .enabled(if: !isSanitized)) struct JSONMemoryTests {
  /// How much more memory than before was resident at once while the body ran.
  ///
  /// Other suites run beside this one, so the least of a few attempts counts.
  static func growth(_ body: () throws -> Void) throws -> Int {
    var least = Int.max
    for _ in 0..<3 {
      // The kernel counts the peak of a process anew from here.
      try Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
      let before = try status("VmHWM:")
      try body()
      least = min(least, try status("VmHWM:") - before)
    }
    return least
  }

  /// A line of what the kernel says about this process, in bytes.
  private static func status(_ key: String) throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(key) })
    let number = line.split(separator: " ").compactMap { Int($0) }.first
    return try #require(number) * 1024
  }

  @Test func `refuses 64 MiB of brackets with a copy and four bytes per byte`() throws {
    let bomb = [UInt8](repeating: UInt8(ascii: "["), count: 64 << 20)
    let growth = try Self.growth {
      let error = refusal { () throws(CodingError) in try parse(bomb) }
      #expect(error?.code == .tooDeep && error?.offset == 64)
    }
    // Every byte is a token.
    #expect(growth < 5 * bomb.count + 64 << 20)
  }

  @Test func `holds one-digit numbers in ten times their text`() throws {
    // The worst case of packing: two bytes of text, copied, for two tokens of four bytes and eight
    // bytes of value.
    let count = 16 << 20
    // Every byte up to `size` is written.
    let text = unsafe [UInt8](unsafeUninitializedCapacity: 2 * count + 1) { buffer, size in
      for index in 0..<count {
        unsafe buffer[2 * index] = UInt8(ascii: index == 0 ? "[" : ",")
        unsafe buffer[2 * index + 1] = UInt8(ascii: "7")
      }
      unsafe buffer[2 * count] = UInt8(ascii: "]")
      size = 2 * count + 1
    }
    let growth = try Self.growth {
      guard case .numbers(let numbers) = try parse(text) else { throw Failure() }
      #expect(numbers.count == count && numbers.values[count - 1] == 7)
    }
    #expect(growth < 10 * text.count + 64 << 20)
  }
}
