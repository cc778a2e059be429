/// Makes a request head of the bytes that a scanner has found complete.
enum HeadReader {
  static func read(
    _ bytes: Span<UInt8>, scanned: HeadScanner, parser: HTTP1Parser, info: ConnectionInfo
  ) throws(Refusal) -> (RequestHead, MessageRules) {
    let line = try requestLine(bytes, scanned.requestLine)
    guard line.majorVersion == 1 else {
      // RFC 9110 §15.6.6; "HTTP/0.x" was never sent with a version.
      throw line.majorVersion == 0 ? .malformedMessage(.version) : .unsupportedVersion
    }
    let lineStart = scanned.requestLine.lowerBound
    let (method, fields) = try parser.parse(
      bytes.extracting(lineStart..<bytes.count), fieldCount: scanned.fieldCount,
      fieldsStart: scanned.requestLine.count + 2)
    let rules = try MessageRules(fields, minorVersion: line.minorVersion)
    let head = RequestHead(
      method: method, target: try target(bytes.extracting(line.target), method), fields: fields,
      version: line.minorVersion == 0 ? .http10 : .http11,
      framing: rules.framing, expectsContinue: rules.expectsContinue, connection: info)
    return (head, rules)
  }

  private static func requestLine(
    _ bytes: Span<UInt8>, _ range: Range<Int>
  ) throws(Refusal) -> RequestLine {
    do throws(MessageFault) { return try RequestLine(bytes, in: range) } catch {
      throw .malformedMessage(error)
    }
  }

  private static func target(
    _ bytes: Span<UInt8>, _ method: Method
  ) throws(Refusal) -> TargetParts {
    do throws(MessageFault) { return try TargetForm.parts(bytes, method: method) } catch {
      throw .malformedMessage(error)
    }
  }
}
