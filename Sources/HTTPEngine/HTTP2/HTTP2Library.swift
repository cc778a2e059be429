internal import CNghttp2

/// What all sessions of a loop share: callbacks and options of nghttp2, and what is announced.
///
/// Safety: both objects are allocated here, freed in `deinit`, and only read by sessions, which
/// copy what they need when they are made.
@safe
final class HTTP2Library {
  let limits: ServerConfiguration.Limits
  let configuration: HTTP2Configuration
  let callbacks: OpaquePointer
  let option: OpaquePointer
  let settings: [nghttp2_settings_entry]
  let memory: SessionMemory
  private let spareStorage = InPlace(SpareStreams())
  private let pageStorage = InPlace(SharedPages())

  /// Streams that are over.
  var spareStreams: SpareStreams {
    @inline(__always) _read { yield spareStorage.value }
    @inline(__always) _modify { yield &spareStorage.value }
  }

  /// The lines of pages that come again and again.
  var sharedPages: SharedPages {
    @inline(__always) _read { yield pageStorage.value }
    @inline(__always) _modify { yield &pageStorage.value }
  }

  /// Nil when there is no memory.
  init?(
    _ configuration: HTTP2Configuration, limits: ServerConfiguration.Limits,
    keepsMemory: Bool = true
  ) {
    var callbacks: OpaquePointer?
    var option: OpaquePointer?
    guard unsafe nghttp2_session_callbacks_new(&callbacks) == 0, let callbacks = unsafe callbacks
    else { return nil }
    guard unsafe nghttp2_option_new(&option) == 0, let option = unsafe option else {
      unsafe nghttp2_session_callbacks_del(callbacks)
      return nil
    }
    self.configuration = configuration
    self.limits = limits
    memory = SessionMemory(keepsBlocks: keepsMemory)
    unsafe self.callbacks = callbacks
    unsafe self.option = option
    settings = Self.settings(configuration, limits)
    unsafe HTTP2Callbacks.install(in: callbacks)
    configure()
  }

  deinit {
    unsafe nghttp2_session_callbacks_del(callbacks)
    unsafe nghttp2_option_del(option)
  }

  private func configure() {
    // Windows are given back when bodies are kept, not when they arrive.
    unsafe nghttp2_option_set_no_auto_window_update(option, 1)
    // A second line of defence behind FrameBudget; the library counts by its own clock.
    unsafe nghttp2_option_set_stream_reset_rate_limit(option, 1000, 33)
    unsafe nghttp2_option_set_max_outbound_ack(option, 1000)
    // Counted here per call, not per frame: a frame header may come in nine pieces.
    unsafe nghttp2_option_set_max_continuations(option, 16 * HTTP2Session.maximumContinuations)
    unsafe nghttp2_option_set_max_settings(option, 32)
    // RFC 9218 §7.1. Not nghttp2's own reading of it: before 1.61 that keeps a stream that was idle on a
    // list for ever, and writes to it there when it is long freed.
    unsafe nghttp2_option_set_user_recv_extension_type(option, FrameWatch.FrameType.priorityUpdate)
  }

  private static func settings(
    _ configuration: HTTP2Configuration, _ limits: ServerConfiguration.Limits
  ) -> [nghttp2_settings_entry] {
    let values: [(nghttp2_settings_id, Int)] = [
      (NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, configuration.maximumStreams),
      (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, configuration.windowBytes),
      (NGHTTP2_SETTINGS_MAX_FRAME_SIZE, configuration.frameBytes),
      (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, FieldSection.announcedBytes(limits)),
      // RFC 9218 §2.1: only its priorities count here.
      (NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1),
    ]
    return values.map { id, value in
      nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: UInt32(clamping: value))
    }
  }
}
