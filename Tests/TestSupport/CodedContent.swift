// zlib's whole-buffer use: each pointer is to an array or a local that outlives its call.
internal import CZlib

/// Content codings made by zlib itself, so that no code under test makes or reads them.
public enum CodedContent {
  /// One member of gzip.
  public static func gzip(_ bytes: [UInt8]) -> [UInt8] { deflated(bytes, windowBits: 31) }

  /// A stream with zlib's wrapper, as the coding `deflate` should be.
  public static func deflate(_ bytes: [UInt8]) -> [UInt8] { deflated(bytes, windowBits: 15) }

  /// A stream without a wrapper, as the coding `deflate` often is.
  public static func rawDeflate(_ bytes: [UInt8]) -> [UInt8] { deflated(bytes, windowBits: -15) }

  /// A stream with zlib's wrapper that names a dictionary.
  public static func deflate(_ bytes: [UInt8], dictionary: [UInt8]) -> [UInt8] {
    deflated(bytes, windowBits: 15, dictionary: dictionary)
  }

  /// What coded bytes stand for, whatever their wrapper; nil if they are damaged.
  public static func inflated(_ coded: [UInt8], limit: Int = 64 << 20) -> [UInt8]? {
    var coded = coded
    var stream = unsafe z_stream()
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    guard unsafe inflateInit2_(&stream, 15 + 32, ZLIB_VERSION, size) == Z_OK else { return nil }
    defer { unsafe inflateEnd(&stream) }
    var plain = [UInt8](repeating: 0, count: limit)
    let code = unsafe coded.withUnsafeMutableBufferPointer { source in
      unsafe plain.withUnsafeMutableBufferPointer { target in
        unsafe stream.next_in = source.baseAddress
        unsafe stream.avail_in = UInt32(source.count)
        unsafe stream.next_out = target.baseAddress
        unsafe stream.avail_out = UInt32(target.count)
        return unsafe CZlib.inflate(&stream, Z_FINISH)
      }
    }
    guard code == Z_STREAM_END, unsafe stream.avail_in == 0 else { return nil }
    return Array(plain.prefix(unsafe Int(stream.total_out)))
  }

  private static func deflated(
    _ bytes: [UInt8], windowBits: Int32, dictionary: [UInt8] = []
  ) -> [UInt8] {
    var bytes = bytes
    var stream = unsafe z_stream()
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    unsafe deflateInit2_(
      &stream, 9, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
    defer { unsafe deflateEnd(&stream) }
    if !dictionary.isEmpty {
      unsafe deflateSetDictionary(&stream, dictionary, UInt32(dictionary.count))
    }
    var coded = [UInt8](repeating: 0, count: Int(unsafe deflateBound(&stream, UInt(bytes.count))))
    unsafe bytes.withUnsafeMutableBufferPointer { source in
      unsafe coded.withUnsafeMutableBufferPointer { target in
        unsafe stream.next_in = source.baseAddress
        unsafe stream.avail_in = UInt32(source.count)
        unsafe stream.next_out = target.baseAddress
        unsafe stream.avail_out = UInt32(target.count)
        _ = unsafe CZlib.deflate(&stream, Z_FINISH)
      }
    }
    return Array(coded.prefix(unsafe Int(stream.total_out)))
  }
}
