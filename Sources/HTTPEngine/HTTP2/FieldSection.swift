internal import CNghttp2

/// Collects the decoded lines of a HEADERS frame and makes a head or trailers of them.
///
/// nghttp2 has checked names, values, the order and number of pseudo-fields and the fields that
/// HTTP/2 forbids (RFC 9113 §8.2, §8.3); what is left are the rules that it leaves open.
struct FieldSection {
  private enum Pseudo: Int {
    case method
    case scheme
    case authority
    case path
  }

  private let limits: ServerConfiguration.Limits
  /// Values of the pseudo-fields, one after the other.
  private var pseudo: [UInt8] = []
  private var ranges: [Range<Int>?] = [nil, nil, nil, nil]
  private var wire: [UInt8] = []
  private var lines: [HeaderFields.Line] = []
  private var targetBytes = 0
  /// The size of the other lines by the measure of RFC 9113 §6.5.2.
  private var fieldBytes = 0
  private var fieldCount = 0
  /// The lines so far, as far as they are worth remembering.
  private var sequence = FieldSequence()
  private var remembered: RememberedSection?
  /// How many of the remembered lines have come again; nil when another has come.
  private var repeated: Int?
  /// The first of the remembered lines as nghttp2 has them; never those of any other section.
  private let references: FieldReferences?

  init(limits: ServerConfiguration.Limits, references: FieldReferences? = nil) {
    self.limits = limits
    self.references = references
  }

  /// Forgets the last section.
  mutating func begin() {
    // What comes again leaves nothing behind.
    if sequence.count > 0 {
      pseudo.removeAll(keepingCapacity: true)
      wire.removeAll(keepingCapacity: true)
      lines.removeAll(keepingCapacity: true)
      sequence.removeAll()
      for index in ranges.indices { ranges[index] = nil }
      targetBytes = 0
      fieldBytes = 0
      fieldCount = 0
    }
    repeated = remembered == nil ? nil : 0
  }

  /// What the client is told about the size of a section (RFC 9113 §6.5.2).
  static func announcedBytes(_ limits: ServerConfiguration.Limits) -> Int {
    limits.requestLineBytes + limits.fieldBytes
  }

  /// Whether the section is so long that answering it is not worth decoding it.
  var isHopeless: Bool {
    targetBytes + fieldBytes > 4 * Self.announcedBytes(limits)
  }

  private var isTooLarge: Bool {
    fieldBytes > limits.fieldBytes || fieldCount > limits.fieldCount
  }

  /// Takes a line without reading it, if it is the very one that came last time; else returns false.
  @inline(__always)
  mutating func repeatLine(_ name: OpaquePointer, _ value: OpaquePointer) -> Bool {
    guard let index = repeated, let references, unsafe references.isLine(index, name, value)
    else { return false }
    repeated = index + 1
    return true
  }

  /// Takes a line as nghttp2 has it.
  ///
  /// Safety: both are held by the caller.
  mutating func append(_ name: OpaquePointer, _ value: OpaquePointer) {
    unsafe append(FieldReferences.bytes(name).span, FieldReferences.bytes(value).span)
    guard let references, repeated == references.count + 1 else { return }
    unsafe references.append(name, value)
  }

  /// Takes a line; those beyond the limits are only counted.
  mutating func append(_ name: Span<UInt8>, _ value: Span<UInt8>) {
    if let index = repeated {
      if remembered?.lines.isLine(index, name, value) == true {
        repeated = index + 1
        return
      }
      takeRepeated()
    }
    add(name, value)
  }

  /// What was only compared is taken after all.
  private mutating func takeRepeated() {
    guard let remembered, let count = repeated else { return }
    repeated = nil
    references?.removeAll()
    for index in 0..<count { remembered.lines.withLine(index) { add($0, $1) } }
  }

  private mutating func add(_ name: Span<UInt8>, _ value: Span<UInt8>) {
    if sequence.byteCount <= RememberedSection.longest { sequence.append(name, value) }
    if !name.isEmpty, name[0] == UInt8(ascii: ":") {
      appendPseudo(name, value)
      return
    }
    fieldBytes += name.count + value.count + 32
    fieldCount += 1
    guard !isTooLarge else { return }
    let start = wire.count
    Self.append(name, to: &wire)
    wire.append(UInt8(ascii: ":"))
    wire.append(UInt8(ascii: " "))
    let valueStart = wire.count
    Self.append(value, to: &wire)
    wire.append(0x0D)
    wire.append(0x0A)
    lines.append(
      HeaderFields.Line(
        nameStart: UInt32(start), nameCount: UInt32(name.count),
        valueStart: UInt32(valueStart), valueCount: UInt32(value.count)))
  }

  private mutating func appendPseudo(_ name: Span<UInt8>, _ value: Span<UInt8>) {
    targetBytes += value.count
    guard targetBytes <= limits.requestLineBytes, let field = Self.pseudo(name) else { return }
    let start = pseudo.count
    Self.append(value, to: &pseudo)
    ranges[field.rawValue] = start..<pseudo.count
  }

  private static func pseudo(_ name: Span<UInt8>) -> Pseudo? {
    switch name.count {
    case 5: .path
    case 7 where name[1] == UInt8(ascii: "m"): .method
    case 7: .scheme
    case 10: .authority
    default: nil
    }
  }

  private static func append(_ bytes: Span<UInt8>, to array: inout [UInt8]) {
    // The pointer is used only inside the closure.
    unsafe bytes.withUnsafeBufferPointer { unsafe array.append(contentsOf: $0) }
  }
}

extension FieldSection {
  /// Makes a request head of the section.
  ///
  /// - Parameters:
  ///   - hasBody: Whether the stream goes on after the section.
  ///   - info: Where it comes from.
  /// - Returns: The head.
  /// - Throws: What the request is refused for.
  mutating func head(hasBody: Bool, info: ConnectionInfo) throws(Refusal) -> RequestHead {
    if let remembered, let count = repeated {
      if count == remembered.lines.count, remembered.hasBody == hasBody { return remembered.head }
      takeRepeated()
    }
    guard targetBytes <= limits.requestLineBytes else {
      throw .targetTooLong(limitBytes: limits.requestLineBytes)
    }
    guard !isTooLarge else { throw .fieldsTooLarge(limitBytes: limits.fieldBytes) }
    let head = try read(hasBody: hasBody, info: info)
    if sequence.byteCount <= RememberedSection.longest {
      remembered = RememberedSection(sequence, hasBody: hasBody, head: head)
    }
    return head
  }

  private func read(hasBody: Bool, info: ConnectionInfo) throws(Refusal) -> RequestHead {
    let method = try method()
    try checkScheme()
    let fields = HeaderFields(wire: wire, lines: lines)
    try MessageRules.checkNames(fields)
    var target = try target(method)
    target.authority = try authority(fields)
    let expectsContinue =
      try fields.known.contains(.expect)
      ? MessageRules.expectation(fields, fields.wire.span) : false
    return RequestHead(
      method: method, target: target, fields: fields, version: .http2,
      framing: try framing(fields, hasBody: hasBody), expectsContinue: expectsContinue && hasBody,
      connection: info)
  }

  private func value(_ field: Pseudo) -> Range<Int>? { ranges[field.rawValue] }

  private func method() throws(Refusal) -> Method {
    guard let range = value(.method), !range.isEmpty,
      Characters.isToken(pseudo.span.extracting(range))
    else { throw .malformedMessage(.method) }
    let name = String(decoding: pseudo[range], as: UTF8.self)
    let method = Method(name)
    // A tunnel is no business of an origin server (RFC 9110 §9.3.6).
    if case .other = method, !Method.registered.contains(name) { throw .unknownMethod }
    return method
  }

  /// A gateway that ends TLS says https on a plain connection, so both are taken.
  private func checkScheme() throws(Refusal) {
    guard let range = value(.scheme) else { throw .malformedMessage(.target) }
    let scheme = pseudo.span.extracting(range)
    guard Characters.equals(scheme, "http") || Characters.equals(scheme, "https") else {
      throw .malformedMessage(.target)
    }
  }

  /// RFC 9113 §8.3.1: origin-form, or "*" for OPTIONS; never absolute-form.
  private func target(_ method: Method) throws(Refusal) -> TargetParts {
    guard let range = value(.path), !range.isEmpty else { throw .malformedMessage(.target) }
    let first = pseudo[range.lowerBound]
    guard first == UInt8(ascii: "/") || first == UInt8(ascii: "*") else {
      throw .malformedMessage(.target)
    }
    do throws(MessageFault) {
      return try TargetForm.parts(pseudo.span.extracting(range), method: method)
    } catch {
      throw .malformedMessage(error)
    }
  }

  /// RFC 9113 §8.3.1: the authority stands in `:authority` or in Host; both must agree.
  private func authority(_ fields: HeaderFields) throws(Refusal) -> String? {
    let bytes = fields.wire.span
    var host: Range<Int>?
    for line in fields.lines where line.field == .host {
      guard host == nil, HostSyntax.isValid(bytes.extracting(line.value)) else {
        throw .malformedMessage(.host)
      }
      host = line.value
    }
    guard let range = value(.authority) else {
      guard host != nil else { throw .malformedMessage(.host) }
      return nil
    }
    let authority = pseudo.span.extracting(range)
    guard HostSyntax.isValid(authority) else { throw .malformedMessage(.host) }
    if let host {
      let other = bytes.extracting(host)
      guard other.count == authority.count else { throw .malformedMessage(.host) }
      for index in other.indices
      where Characters.lowercased(other[index]) != Characters.lowercased(authority[index]) {
        throw .malformedMessage(.host)
      }
    }
    return String(decoding: pseudo[range], as: UTF8.self)
  }

  private func framing(
    _ fields: HeaderFields, hasBody: Bool
  ) throws(Refusal) -> BodyFraming {
    guard fields.known.contains(.contentLength) else { return hasBody ? .chunked : .none }
    var length: Int?
    for line in fields.lines where line.field == .contentLength {
      let count = MessageRules.number(fields.wire.span.extracting(line.value))
      guard length == nil, let count else { throw .malformedMessage(.contentLength) }
      length = count
    }
    return length.map { .length($0) } ?? .none
  }

  /// Makes trailers of the section.
  mutating func trailers() throws(Refusal) -> HeaderFields {
    takeRepeated()
    guard !isTooLarge, fieldBytes <= limits.trailerBytes else { throw .malformedMessage(.trailer) }
    guard !lines.isEmpty else { return HeaderFields() }
    let fields = HeaderFields(wire: wire, lines: lines)
    guard fields.known.isDisjoint(with: TrailerSection.forbidden) else {
      throw .malformedMessage(.trailer)
    }
    return fields
  }
}

extension Method {
  /// The other methods that an HTTP/1.1 head may name here, so that both protocols agree.
  fileprivate static let registered: Set<String> = [
    "TRACE", "COPY", "LOCK", "MKCOL", "MOVE", "PROPFIND", "PROPPATCH", "SEARCH", "UNLOCK", "BIND",
    "REBIND", "UNBIND", "ACL", "REPORT", "MKACTIVITY", "CHECKOUT", "MERGE", "M-SEARCH", "NOTIFY",
    "SUBSCRIBE", "UNSUBSCRIBE", "PURGE", "MKCALENDAR", "LINK", "UNLINK", "SOURCE",
  ]
}
