import HTTPEngine
import TensorCoding
import Tensors
import WorkerPool

/// One request on its way through the three phases of an operation.
struct OperationRun {
  private let body: TensorStorage
  private let bodyEncoding: MessageEncoding
  private let answerEncoding: MessageEncoding
  private let inflation: BodyInflation?
  /// What averages attention as it comes out of the body's coding.
  private let condensation: BodyCondensation?
  private let answerCodings: AnswerCodings
  private let memory: ReferencedMemory?
  private let context: JobContext
  private let buffers: BufferPool
  private var watch = Stopwatch()
  /// How long each phase took, as far as it has ended.
  private(set) var timing: PhaseTiming
  /// How many tokens the answer is about.
  private(set) var tally = TokenTally()

  init(
    body: TensorStorage, bodyEncoding: MessageEncoding, answerEncoding: MessageEncoding,
    inflation: BodyInflation? = nil, condensation: BodyCondensation? = nil,
    answerCodings: AnswerCodings = .none,
    memory: ReferencedMemory? = nil, reduceNanoseconds: UInt64 = 0, context: JobContext,
    buffers: BufferPool
  ) {
    self.body = body
    self.bodyEncoding = bodyEncoding
    self.answerEncoding = answerEncoding
    self.inflation = inflation
    self.condensation = condensation
    self.answerCodings = answerCodings
    self.memory = memory
    self.context = context
    self.buffers = buffers
    timing = PhaseTiming(
      reduceNanoseconds: reduceNanoseconds, queueNanoseconds: context.queueWaitNanoseconds)
  }

  /// Decodes, computes and encodes, with a look at deadline and client between the phases.
  mutating func response(
    of operation: some MessageOperation
  ) throws(ServiceProblem) -> Response {
    let context = context
    let checkpoint = Checkpoint { () throws(ServiceProblem) in
      if let interruption = context.interruption { throw ServiceProblem(interruption) }
    }
    try checkpoint()
    let request = try operation.decode(
      inflated(checkpoint), as: bodyEncoding, memory: memory)
    timing.decodeNanoseconds = watch.lap()
    try checkpoint()
    let answer = try operation.run(request, checkpoint: checkpoint)
    tally = TokenTally(answer)
    timing.kernelNanoseconds = watch.lap()
    try checkpoint()
    guard answer.head.status != 204 else { return Response(status: 204) }
    var response = try encodedResponse(answer)
    let start = MonotonicInstant.now
    let tag = answer.head.isValidated ? EntityTag(of: response.body) : nil
    try AnswerCompression(buffers: buffers)
      .apply(
        answerCodings[answerEncoding], to: &response, vary: "Accept, Accept-Encoding",
        checkpoint: checkpoint)
    if let tag {
      let isCoded = response.fields.contains("content-encoding")
      response.fields.append(
        "ETag", tag.fieldValue(of: isCoded ? answerCodings[answerEncoding] : .identity))
      response.fields.append("Cache-Control", "no-cache")
    }
    timing.encodeNanoseconds += MonotonicInstant.now &- start
    return response
  }

  /// The answer before its content coding, with the fields that it asks for.
  private mutating func encodedResponse(
    _ answer: AnswerDocument
  ) throws(ServiceProblem) -> Response {
    let head = answer.head
    var response = Response(
      status: Status(head.status),
      fields: ["Content-Type": head.text?.mediaType ?? answerEncoding.mediaType])
    if let location = head.location { response.fields.append("Location", location) }
    if let tag = head.entityTag { response.fields.append("ETag", tag) }
    response.body = if let text = head.text { .bytes(text.bytes) } else { try encoded(answer) }
    return response
  }

  /// The body without its content coding.
  private func inflated(_ checkpoint: Checkpoint) throws(ServiceProblem) -> TensorStorage {
    guard let inflation else { return body }
    return try inflation.inflate(
      body, into: buffers, condensation: condensation, checkpoint: checkpoint)
  }

  private mutating func encoded(_ answer: AnswerDocument) throws(ServiceProblem) -> ResponseBody {
    let buffers = buffers
    let content = try AnswerEncoder.encode(
      answer, as: answerEncoding, timing: &timing, now: { MonotonicInstant.now },
      makeBuffer: { buffers.take(capacity: $0) })
    return switch content {
    case .bytes(let bytes): .bytes(bytes)
    case .buffer(let buffer): .buffer(buffer)
    }
  }
}

extension TensorStorage {
  /// A view of a body that keeps the body's memory from going back to its pool.
  convenience init(
    viewing body: BodyBuffer, condensation: BodyCondensation? = nil,
    outline: SafetensorsOutline? = nil, source: (any StorageSource)? = nil
  ) {
    // The closure holds the body, whose memory is valid and unchanging as long as it lives.
    unsafe self.init(
      adopting: body.baseAddress, byteCount: body.count,
      condensed: condensation?.parts(of: body) ?? [],
      columnMeans: condensation?.columnMeans ?? [], outline: outline ?? condensation?.outline,
      source: source
    ) {
      withExtendedLifetime(body) {}
    }
  }
}

extension BodyBuffer: AnswerBuffer {}
