/// Makes a request head of the bytes that a scanner has found complete.
struct HeadReader {
  let scanned: HeadScanner
  let parser: HTTP1Parser
  let info: ConnectionInfo

  func read(_ bytes: Span<UInt8>) throws(Refusal) -> (RequestHead, MessageRules) {
    let line = try requestLine(bytes)
    guard line.majorVersion == 1 else {
      // RFC 9110 §15.6.6; "HTTP/0.x" was never sent with a version.
      throw line.majorVersion == 0 ? .malformedMessage(.version) : .unsupportedVersion
    }
    let lineStart = scanned.requestLine.lowerBound
    let parsed = try parser.parse(
      bytes.extracting(lineStart..<bytes.count), fieldCount: scanned.fieldCount,
      fieldsStart: scanned.requestLine.count + 2)
    let rules = try MessageRules(parsed.fields, minorVersion: line.minorVersion)
    let head = RequestHead(
      method: parsed.method,
      target: try target(bytes.extracting(line.target), parsed.method),
      fields: parsed.fields,
      version: line.minorVersion == 0 ? .http10 : .http11,
      framing: rules.framing, expectsContinue: rules.expectsContinue, connection: info)
    return (head, rules)
  }

  private func requestLine(_ bytes: Span<UInt8>) throws(Refusal) -> RequestLine {
    do throws(MessageFault) { return try RequestLine(bytes, in: scanned.requestLine) } catch {
      throw .malformedMessage(error)
    }
  }

  private func target(
    _ bytes: Span<UInt8>, _ method: Method
  ) throws(Refusal) -> TargetParts {
    do throws(MessageFault) {
      return try TargetForm.parts(bytes, method: method)
    } catch {
      throw .malformedMessage(error)
    }
  }
}
