/// An answer of an HTTP/1.1 server.
public struct HTTPAnswer: Sendable, Equatable {
  /// The status.
  public let status: Int
  /// The media type without parameters, in lower case; empty where none is given.
  public let mediaType: String
  /// The seconds of `Retry-After`.
  var retryAfterSeconds: Int?
  /// The content.
  public let body: [UInt8]

  /// Makes an answer.
  ///
  /// - Parameters:
  ///   - status: The status.
  ///   - mediaType: The media type without parameters.
  ///   - body: The content.
  public init(status: Int, mediaType: String, body: [UInt8]) {
    self.status = status
    self.mediaType = mediaType
    self.body = body
  }
}

/// Puts an answer together from the pieces in which it arrives (RFC 9112).
struct HTTPAnswerReader {
  private enum Framing: Equatable {
    case head
    case length(Int)
    case chunks
    case untilEnd
  }

  /// What an answer may come to.
  static let maximumHeadBytes = 1 << 16
  static let maximumBodyBytes = 1 << 28

  private var bytes: [UInt8] = []
  private var position = 0
  private var framing = Framing.head
  private var status = 0
  private var fields: [String: String] = [:]
  private var body: [UInt8] = []

  /// Takes a piece.
  ///
  /// - Parameter piece: What has arrived; nothing stands for the end of the connection.
  /// - Returns: The answer, once it is complete.
  /// - Throws: ``StudyDriverError/Code/malformedAnswer``.
  mutating func take(_ piece: [UInt8]) throws(StudyDriverError) -> HTTPAnswer? {
    bytes += piece
    while framing == .head {
      guard let end = endOfHead() else {
        guard bytes.count - position <= Self.maximumHeadBytes, !piece.isEmpty else {
          throw Self.malformed
        }
        return nil
      }
      try readHead(bytes[position..<end])
      position = end + 4
      // An interim answer has no content, and another head follows it.
      if status / 100 == 1 { framing = .head }
    }
    guard bytes.count - position + body.count <= Self.maximumBodyBytes else {
      throw Self.malformed
    }
    if try isComplete(atEnd: piece.isEmpty) { return answer }
    guard !piece.isEmpty else { throw Self.malformed }
    return nil
  }

  private static let malformed = StudyDriverError(
    .malformedAnswer, "what the server sent is no answer of HTTP/1.1")

  private func endOfHead() -> Int? {
    var index = position
    while index + 3 < bytes.count {
      if bytes[index] == 13, bytes[index + 1] == 10, bytes[index + 2] == 13,
        bytes[index + 3] == 10
      {
        return index
      }
      index += 1
    }
    return nil
  }

  private mutating func readHead(_ head: ArraySlice<UInt8>) throws(StudyDriverError) {
    let lines = head.split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
    let words = (lines.first ?? "").split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."),
      let status = Int(words[1].prefix { $0.isASCII && $0.isNumber }),
      (100...999).contains(status)
    else { throw Self.malformed }
    self.status = status
    fields = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { throw Self.malformed }
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      fields[line[..<colon].lowercased()] = String(value.filter { $0 != "\r" })
    }
    framing = try framingOfBody()
  }

  private func framingOfBody() throws(StudyDriverError) -> Framing {
    if status == 204 || status == 304 || status / 100 == 1 { return .length(0) }
    if let coding = fields["transfer-encoding"] {
      guard coding.lowercased() == "chunked" else { throw Self.malformed }
      return .chunks
    }
    guard let text = fields["content-length"] else { return .untilEnd }
    guard let length = Int(text), length >= 0, length <= Self.maximumBodyBytes else {
      throw Self.malformed
    }
    return .length(length)
  }

  private mutating func isComplete(atEnd: Bool) throws(StudyDriverError) -> Bool {
    switch framing {
    case .head: return false
    case .length(let length):
      guard bytes.count - position >= length else { return false }
      body = Array(bytes[position..<position + length])
      return true
    case .untilEnd:
      if atEnd { body = Array(bytes[position...]) }
      return atEnd
    case .chunks:
      while let size = try sizeOfChunk() {
        if size.count == 0 { return true }
        let end = size.start + size.count
        guard bytes.count >= end + 2 else { return false }
        body += bytes[size.start..<end]
        position = end + 2
      }
      return false
    }
  }

  /// How long the next chunk is and where it starts; nil while its line is not complete.
  private func sizeOfChunk() throws(StudyDriverError) -> (count: Int, start: Int)? {
    guard let end = bytes[position...].firstIndex(of: 10) else {
      guard bytes.count - position <= 1024 else { throw Self.malformed }
      return nil
    }
    let digits = bytes[position..<end].prefix { $0 != 13 && $0 != UInt8(ascii: ";") }
    let text = String(decoding: digits, as: UTF8.self)
    guard let count = Int(text, radix: 16), count >= 0, count <= Self.maximumBodyBytes else {
      throw Self.malformed
    }
    return (count, end + 1)
  }

  private var answer: HTTPAnswer {
    let type = (fields["content-type"] ?? "").prefix { $0 != ";" && $0 != " " }
    var answer = HTTPAnswer(status: status, mediaType: type.lowercased(), body: body)
    answer.retryAfterSeconds = fields["retry-after"].flatMap { Int($0) }
    return answer
  }
}
