internal import Tensors

/// A long string without escapes, which stays where the document lies.
///
/// A tensor in base64 may be most of a document, and would otherwise be copied once more before it is decoded.
public struct JSONText: Sendable {
  private let storage: TensorStorage
  private let range: Range<Int>

  /// Shorter texts are not worth it.
  static let shortest = 64 << 10

  /// Refers to a part of a document that is UTF-8.
  init(_ range: Range<Int>, of storage: TensorStorage) {
    precondition(range.lowerBound >= 0 && range.upperBound <= storage.byteCount)
    self.storage = storage
    self.range = range
  }

  /// The UTF-8 of the text.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = storage.bytes.extracting(range)
      // The storage lives as long as this refers to it, and its bytes never change.
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// A copy of the text.
  public var string: String {
    // The bytes are borrowed for the call.
    unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
  }
}
