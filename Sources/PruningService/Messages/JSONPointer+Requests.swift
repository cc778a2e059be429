internal import TensorCoding

extension JSONPointer {
  /// Item `index` of a batch, also of one that came as tensors with a leading batch axis.
  static func item(_ index: Int) -> JSONPointer { root.appending("items").appending(index) }

  /// The place that a tensor of a safetensors file has in a JSON request.
  ///
  /// A name that no request can mean stands for the request as a whole.
  init(tensorNamed name: String) {
    guard name.utf8.count <= Self.longestExcerpt else {
      self = .root
      return
    }
    self = name.split(separator: ".", omittingEmptySubsequences: false)
      .reduce(.root) { $0.appending(String($1)) }
  }

  /// The pointer's text, or that of the nearest ancestor that is short enough to be repeated.
  ///
  /// Keys are the client's: an answer must not grow with them.
  var excerpt: String {
    guard description.utf8.count > Self.longestExcerpt else { return description }
    let start = description.utf8.prefix(Self.longestExcerpt + 1)
    guard let end = start.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return String(description[..<end])
  }

  private static let longestExcerpt = 512
}
