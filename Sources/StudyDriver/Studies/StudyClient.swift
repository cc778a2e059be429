internal import TensorCoding

/// The calls that a driver makes, about one study.
public struct StudyClient: Sendable {
  private let service: any StudyService
  /// The study's name.
  let name: String
  private let stop: StopSignal
  /// How long a service that is away is waited for; at first not at all.
  var patienceMilliseconds = 0

  /// Makes a client.
  ///
  /// - Parameters:
  ///   - service: Who keeps the study.
  ///   - name: The study's name.
  ///   - stop: Cuts everything short.
  public init(_ service: any StudyService, study name: String, stop: StopSignal) {
    self.service = service
    self.name = name
    self.stop = stop
  }

  /// The path of the study, or of something in it.
  private func path(_ rest: String = "") -> String {
    "/v1/studies/\(name.percentEncoded)\(rest)"
  }

  // MARK: The study

  /// The study; nil where there is none.
  ///
  /// - Throws: A fault of the service.
  public func study() throws(StudyDriverError) -> StudyFacts? {
    do throws(StudyDriverError) {
      return try facts(in: try document(StudyCall("GET", path())))
    } catch {
      guard error.status == 404 else { throw error }
      return nil
    }
  }

  /// Creates the study.
  ///
  /// - Parameter definition: The body of `POST /v1/studies`.
  /// - Returns: The study.
  /// - Throws: A fault of the service, or its refusal.
  public func create(_ definition: [UInt8]) throws(StudyDriverError) -> StudyFacts {
    try facts(in: try document(StudyCall("POST", "/v1/studies", body: definition)))
  }

  func putBaseline(_ baseline: Evaluation) throws(StudyDriverError) -> StudyFacts {
    let call = StudyCall(
      "PUT", path("/baseline"), body: baseline.body, mediaType: baseline.mediaType)
    return try facts(in: try document(call))
  }

  /// All trials, by number, page by page.
  ///
  /// - Throws: A fault of the service.
  public func trials() throws(StudyDriverError) -> [StudyTrial] {
    var trials: [StudyTrial] = []
    var token: String? = ""
    while let page = token {
      let query = "?limit=500" + (page.isEmpty ? "" : "&page_token=\(page.percentEncoded)")
      let document = try document(StudyCall("GET", path("/trials" + query)))
      trials += document.list("trials", StudyTrial.init)
      token = document["next_page_token"]?.text
    }
    return trials
  }

  /// The best trial, as the service wrote it; nil before there is one.
  ///
  /// - Throws: A fault of the service.
  public func best() throws(StudyDriverError) -> [UInt8]? {
    do throws(StudyDriverError) {
      return try answer(to: StudyCall("GET", path("/best"))).body
    } catch {
      guard error.status == 409 || error.status == 404 else { throw error }
      return nil
    }
  }

  // MARK: Trials

  func ask(
    _ count: Int, client: String, leaseSeconds: Int
  ) throws(StudyDriverError) -> [StudyTrial] {
    let body = Self.object { writer in
      writer.field("count", count)
      writer.field("client_id", client)
      writer.field("lease_seconds", leaseSeconds)
    }
    return try document(StudyCall("POST", path("/trials:ask"), body: body))
      .list("trials", StudyTrial.init)
  }

  func trial(_ id: Int) throws(StudyDriverError) -> StudyTrial {
    try trial(in: try document(StudyCall("GET", path("/trials/\(id)"))))
  }

  func tell(_ trial: StudyTrial, _ evaluation: Evaluation) throws(StudyDriverError) -> StudyTrial {
    let call = StudyCall(
      "POST", path("/trials/\(trial.id):tell"), body: evaluation.body,
      mediaType: evaluation.mediaType)
    return try self.trial(in: try document(call))
  }

  /// Says that every row was reported.
  func tellReported(_ trial: StudyTrial) throws(StudyDriverError) -> StudyTrial {
    let body = Self.object {
      $0.key("reported")
      $0.value(true)
    }
    return try self.trial(
      in: try document(StudyCall("POST", path("/trials/\(trial.id):tell"), body: body)))
  }

  func report(
    _ trial: StudyTrial, _ evaluation: Evaluation
  ) throws(StudyDriverError) -> (trial: StudyTrial, shouldStop: Bool) {
    let call = StudyCall(
      "POST", path("/trials/\(trial.id):report"), body: evaluation.body,
      mediaType: evaluation.mediaType)
    let document = try document(call)
    return (try self.trial(in: document), document["should_stop"]?.truth == true)
  }

  func abandon(_ trial: StudyTrial) throws(StudyDriverError) {
    _ = try answer(to: StudyCall("POST", path("/trials/\(trial.id):abandon")))
  }

  // MARK: Calls

  private static let malformed = StudyDriverError(
    .malformedAnswer, "the answer is not what the contract says")

  private func facts(in document: JSONValue) throws(StudyDriverError) -> StudyFacts {
    guard let facts = StudyFacts(document) else { throw Self.malformed }
    return facts
  }

  private func trial(in document: JSONValue) throws(StudyDriverError) -> StudyTrial {
    guard let trial = StudyTrial(document) else { throw Self.malformed }
    return trial
  }

  private func document(_ call: StudyCall) throws(StudyDriverError) -> JSONValue {
    guard let value = JSONValue(try answer(to: call).body) else { throw Self.malformed }
    return value
  }

  /// Calls until there is an answer: every call that is made here can be made again.
  ///
  /// - Parameter call: What is asked.
  /// - Returns: An answer of success.
  /// - Throws: A refusal as ``StudyDriverError/Code/refused``, or what kept the service away for
  ///   longer than is waited.
  public func answer(to call: StudyCall) throws(StudyDriverError) -> HTTPAnswer {
    var waited = 0
    var pause = 250
    while true {
      let failure: StudyDriverError
      var wish = 0
      do throws(StudyDriverError) {
        let answer = try service.answer(to: call, stop)
        if answer.status / 100 == 2 { return answer }
        wish = 1000 * min(answer.retryAfterSeconds ?? 0, 10)
        throw StudyDriverError(answer)
      } catch {
        guard error.mayPass else { throw error }
        failure = error
      }
      let sleep = max(pause, wish)
      guard waited + sleep <= patienceMilliseconds else { throw failure }
      guard !stop.sleep(milliseconds: sleep) else { throw .interrupted }
      waited += sleep
      pause = min(pause * 2, 8000)
    }
  }

  static func object(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.object(members)
    return writer.bytes
  }
}

extension StudyDriverError {
  /// Whether the same call may be answered later.
  fileprivate var mayPass: Bool {
    switch code {
    case .unreachable, .timedOut, .malformedAnswer: true
    case .refused: [429, 503, 504].contains(status)
    default: false
    }
  }

  /// A refusal, in the words of its problem document.
  init(_ answer: HTTPAnswer) {
    let document = JSONValue(answer.body)
    let words = [document?["title"]?.text, document?["detail"]?.text].compactMap { $0 }
    self.init(
      .refused,
      words.isEmpty ? "the service answered \(answer.status)" : words.joined(separator: ": "))
    status = answer.status
    problem = answer.body
  }
}

extension String {
  /// The text as one segment of a path (RFC 3986 section 2.3).
  var percentEncoded: String {
    utf8.map { byte in
      let isPlain =
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte) || [0x2D, 0x2E, 0x5F, 0x7E].contains(byte)
      let digits = String(byte, radix: 16, uppercase: true)
      return isPlain
        ? String(UnicodeScalar(byte)) : "%" + (digits.utf8.count < 2 ? "0" : "") + digits
    }.joined()
  }
}
