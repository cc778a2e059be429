/// What an application gives the engine.
public protocol Responder: Sendable {
  /// Decides from the head alone, on the loop thread, before any body byte is read.
  func admit(_ head: borrowing RequestHead) -> Admission
  /// Answers a complete request, on the loop thread; may hand `reply` to another thread.
  func respond(to request: consuming Request, reply: consuming Reply)
  /// The answer to a request that the engine itself refuses; `head` is nil if it cannot be read.
  func refuse(_ refusal: Refusal, head: RequestHead?) -> Response
}

extension Responder {
  /// A plain answer with the refusal's status and one sentence.
  public func refuse(_ refusal: Refusal, head: RequestHead?) -> Response {
    Response(
      status: refusal.status, fields: ["Content-Type": "text/plain; charset=utf-8"],
      body: .bytes(Array("\(refusal)\n".utf8)))
  }
}

/// The decision about a request whose head has been read.
public enum Admission: Sendable {
  /// Read the body, up to a limit; `context` comes back in ``Request/context``.
  case accept(maximumBodyBytes: Int, context: (any AnyObject & Sendable)? = nil)
  /// Answer so from the head alone: a refusal, or a page that needs no body.
  ///
  /// A body up to ``ServerConfiguration/Limits/discardedBodyBytes`` is read and dropped first, and
  /// the connection stays usable; if its framing is malformed, the answer is 400 instead. If it
  /// stops coming the answer is sent when ``ServerConfiguration/Timeouts/body`` is over. Before a
  /// longer body, one that waits for 100 (Continue), or, with 413, 429 or 503, one of which nothing
  /// has arrived, the answer is sent at once and the connection closed.
  case answer(Response)
}
