/// Hears what a session finds in the bytes of its client, and which streams are over.
///
/// Called while ``HTTP2Session`` receives or writes.
/// Whatever is called may answer, accept and reset streams at once.
protocol HTTP2SessionHandler: AnyObject {
  /// A head is complete: call ``HTTP2Session/accept(_:into:limit:)`` or answer it.
  func received(_ head: RequestHead, on stream: HTTP2Stream)
  /// The engine refuses a request: answer it.
  func refused(_ refusal: Refusal, on stream: HTTP2Stream)
  /// Nothing more comes on the stream, whose head was accepted: answer it.
  func completed(_ stream: HTTP2Stream, trailers: HeaderFields)
  /// More room is needed for a body of unknown length; false without memory.
  func makeRoom(for count: Int, in stream: HTTP2Stream) -> Bool
  /// A request broke the rules of HTTP/2 itself and is answered by a reset.
  func malformed(_ stream: Int32)
  /// A stream was reset, by whom it says.
  func wasReset(by side: StreamReset)
  /// The client is told that the connection ends, and that it is to blame or the server is.
  func failed(_ failure: SessionFailure)
  /// The stream is over, answered or not; nothing more is said of it.
  func closed(_ stream: HTTP2Stream)
}
