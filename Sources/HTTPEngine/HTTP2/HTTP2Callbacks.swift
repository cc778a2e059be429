internal import CNghttp2

/// The functions that nghttp2 calls.
///
/// Safety: nghttp2 calls them only from inside the functions that HTTP2Session calls, with the
/// session's address as `user_data` and with pointers that are valid during the call.
enum HTTP2Callbacks {
  static func install(in callbacks: OpaquePointer) {
    unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, beginHeaders)
    unsafe nghttp2_session_callbacks_set_on_header_callback2(callbacks, header)
    unsafe nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, invalidHeader)
    unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frameReceived)
    unsafe nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, invalidFrame)
    unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, dataReceived)
    unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, streamClosed)
    unsafe nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frameSent)
    unsafe nghttp2_session_callbacks_set_send_data_callback(callbacks, sendData)
    unsafe nghttp2_session_callbacks_set_on_extension_chunk_recv_callback(
      callbacks, extensionReceived)
    unsafe nghttp2_session_callbacks_set_unpack_extension_callback(callbacks, extensionEnded)
  }

  /// Where nghttp2 gets content from: the stream of the same number.
  static var provider: nghttp2_data_provider {
    unsafe nghttp2_data_provider(source: nghttp2_data_source(), read_callback: readContent)
  }
}

/// Calls `use` with the session.
///
/// It is alive: it is the one whose method is running. So nobody need count a reference to it, which
/// would cost more than most of what is done here.
@inline(__always)
private func with<Result>(
  _ context: UnsafeMutableRawPointer?, _ use: (HTTP2Session) -> Result
) -> Result? {
  guard let context = unsafe context else { return nil }
  return unsafe Unmanaged<HTTP2Session>.fromOpaque(context)._withUnsafeGuaranteedRef(use)
}

private func span(_ start: UnsafePointer<UInt8>?, _ count: Int) -> UnsafeBufferPointer<UInt8> {
  unsafe UnsafeBufferPointer(start: start, count: count)
}

private func beginHeaders(
  _: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  guard let frame = unsafe frame else { return 0 }
  let isRequest = unsafe frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
  let id = unsafe frame.pointee.hd.stream_id
  unsafe with(context) { $0.beginSection(id, isRequest: isRequest) }
  return 0
}

private func header(
  _: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ name: OpaquePointer?,
  _ value: OpaquePointer?, _ flags: UInt8, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  guard let name = unsafe name, let value = unsafe value else { return 0 }
  unsafe with(context) { unsafe $0.addField(name, value) }
  return 0
}

/// Refuses a name or value with forbidden characters (RFC 9113 §8.2.1).
///
/// nghttp2 would leave the line out, which hides it from the rules that come later.
private func invalidHeader(
  _: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ name: UnsafePointer<UInt8>?,
  _ nameCount: Int, _ value: UnsafePointer<UInt8>?, _ valueCount: Int, _ flags: UInt8,
  _ context: UnsafeMutableRawPointer?
) -> Int32 { NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue }

private func frameReceived(
  _: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  guard let frame = unsafe frame else { return 0 }
  let header = unsafe frame.pointee.hd
  let endsStream = header.flags & FrameWatch.Flag.endStream != 0
  switch header.type {
  case FrameWatch.FrameType.headers:
    let isRequest = unsafe frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
    unsafe with(context) {
      $0.endSection(header.stream_id, isRequest: isRequest, endsStream: endsStream)
    }
  case FrameWatch.FrameType.data where endsStream:
    unsafe with(context) { $0.endData(header.stream_id) }
  case FrameWatch.FrameType.resetStream: unsafe with(context) { $0.resetReceived() }
  case FrameWatch.FrameType.goAway: unsafe with(context) { $0.peerIsLeaving = true }
  default: break
  }
  return 0
}

private func invalidFrame(
  _: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ error: Int32,
  _ context: UnsafeMutableRawPointer?
) -> Int32 {
  guard let frame = unsafe frame else { return 0 }
  let header = unsafe frame.pointee.hd
  guard header.type == FrameWatch.FrameType.headers else { return 0 }
  unsafe with(context) { $0.refusedByLibrary(header.stream_id) }
  return 0
}

private func dataReceived(
  _: OpaquePointer?, _ flags: UInt8, _ stream: Int32, _ bytes: UnsafePointer<UInt8>?,
  _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  unsafe with(context) { unsafe $0.receivedData(span(bytes, count).span, on: stream) }
  return 0
}

private func extensionReceived(
  _: OpaquePointer?, _ header: UnsafePointer<nghttp2_frame_hd>?, _ bytes: UnsafePointer<UInt8>?,
  _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  unsafe with(context) { unsafe $0.priorities.collect(span(bytes, count).span) }
  return 0
}

private func extensionEnded(
  _: OpaquePointer?, _ payload: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ header: UnsafePointer<nghttp2_frame_hd>?, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  unsafe with(context) { $0.updatePriority() }
  // There is nothing that nghttp2 could keep.
  return NGHTTP2_ERR_CANCEL.rawValue
}

private func streamClosed(
  _: OpaquePointer?, _ stream: Int32, _ error: UInt32, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  unsafe with(context) { $0.closeStream(stream) }
  return 0
}

private func frameSent(
  _: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  guard let frame = unsafe frame else { return 0 }
  let header = unsafe frame.pointee.hd
  switch header.type {
  case FrameWatch.FrameType.headers, FrameWatch.FrameType.data:
    guard header.flags & FrameWatch.Flag.endStream != 0 else { return 0 }
    unsafe with(context) { $0.answerEnded(header.stream_id) }
  case FrameWatch.FrameType.resetStream:
    let code = unsafe frame.pointee.rst_stream.error_code
    unsafe with(context) { $0.resetSent(header.stream_id, code: code) }
  case FrameWatch.FrameType.goAway:
    let code = unsafe frame.pointee.goaway.error_code
    unsafe with(context) { $0.farewellSent(code: code) }
  default: break
  }
  return 0
}

private func readContent(
  _: OpaquePointer?, _ id: Int32, _ buffer: UnsafeMutablePointer<UInt8>?, _ length: Int,
  _ flags: UnsafeMutablePointer<UInt32>?, _ source: UnsafeMutablePointer<nghttp2_data_source>?,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  let failure = Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
  guard let flags = unsafe flags else { return failure }
  let memory = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: length)
  let count = unsafe with(context) { session -> Int in
    guard let stream = session.stream(id) else { return failure }
    let (count, isLast) = session.nextContent(of: stream, atMost: length)
    if isLast { unsafe flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue }
    if unsafe !session.copyContent(of: stream, count, to: memory) {
      unsafe flags.pointee |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
    }
    return count
  }
  return count ?? failure
}

private func sendData(
  _: OpaquePointer?, _ frame: UnsafeMutablePointer<nghttp2_frame>?,
  _ header: UnsafePointer<UInt8>?, _ count: Int,
  _ source: UnsafeMutablePointer<nghttp2_data_source>?, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  guard let frame = unsafe frame else { return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue }
  // A frame header is nine bytes (nghttp2_send_data_callback); no frame is padded here.
  let start = unsafe UnsafeRawBufferPointer(start: header, count: 9)
  let isWritten = unsafe with(context) { session -> Bool? in
    guard let stream = unsafe session.stream(frame.pointee.hd.stream_id) else { return nil }
    return unsafe session.writeContent(of: stream, header: start, count: count)
  }
  guard let isWritten = isWritten ?? nil else {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
  }
  return isWritten ? 0 : NGHTTP2_ERR_WOULDBLOCK.rawValue
}
