// The fuzzer owns its input; it is copied before anything under test sees it, and argv lives as
// long as the process.
import CFuzzDriver
public import Tensors

/// What every driver does the same way.
public enum FuzzHarness {
  /// What libFuzzer calls with each input; returns 0.
  public typealias Callback = @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32

  /// Hands the process over to libFuzzer, which reads the arguments.
  public static func run(_ callback: Callback) -> Int32 {
    var count = CommandLine.argc
    let start = unsafe CommandLine.unsafeArgv
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe start
    return unsafe LLVMFuzzerRunDriver(&count, &arguments, callback)
  }

  /// Ends the process, which libFuzzer reports as a finding, unless `condition` holds.
  public static func require(_ condition: Bool, _ rule: @autoclosure () -> String) {
    if !condition { fatalError("broken: \(rule())") }
  }
}

extension FuzzHarness {
  /// A heap copy that ends where the input ends, so that the address sanitizer sees a read beyond.
  ///
  /// - Parameters:
  ///   - data: The first byte of the input.
  ///   - size: The number of bytes.
  /// - Returns: The copy.
  public static func storage(
    copying data: UnsafePointer<UInt8>?, _ size: Int
  ) -> TensorStorage {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 1)
    if let data = unsafe data { unsafe memory.copyMemory(from: data, byteCount: size) }
    let address = UInt(bitPattern: memory)
    return unsafe TensorStorage(adopting: memory, byteCount: size) {
      unsafe UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
    }
  }

  /// The input as an array.
  ///
  /// - Parameters:
  ///   - data: The first byte of the input.
  ///   - size: The number of bytes.
  /// - Returns: The copy.
  public static func bytes(copying data: UnsafePointer<UInt8>?, _ size: Int) -> [UInt8] {
    unsafe Array(UnsafeBufferPointer(start: data, count: size))
  }
}

extension TensorStorage {
  /// Memory of exactly the size of `bytes`.
  public convenience init(exactly bytes: ArraySlice<UInt8>) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 1)
    unsafe memory.initializeMemory(as: UInt8.self, from: Array(bytes), count: bytes.count)
    let address = UInt(bitPattern: memory)
    unsafe self.init(adopting: memory, byteCount: bytes.count) {
      unsafe UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
    }
  }
}

extension RawSpan {
  /// The byte at an offset inside the span.
  public func byte(at offset: Int) -> UInt8 {
    // The load checks the bounds, and any byte is a UInt8.
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  /// Whether both hold the same bytes.
  public func hasSameBytes(as other: RawSpan) -> Bool {
    guard byteCount == other.byteCount else { return false }
    for offset in 0..<byteCount where byte(at: offset) != other.byte(at: offset) { return false }
    return true
  }
}
