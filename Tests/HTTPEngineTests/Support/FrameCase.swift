import Testing

@testable import HTTPEngine

/// What RFC 9113 and RFC 7541 demand of a server, case by case.
///
/// The cases are those that the conformance suites of HTTP/2 try, written anew; sections are those
/// of RFC 9113 or, in the HPACK group, RFC 7541.
struct FrameCase: CustomTestStringConvertible, Sendable {
  enum Outcome: Sendable {
    /// The stream is answered with that status.
    case answered(Int32, String)
    case streamError(Int32, UInt32)
    case connectionError(UInt32)
    /// The connection goes on: a PING is answered.
    case tolerated
    /// The connection ends without an error.
    case ended
  }

  let name: String
  let settings: [(UInt16, UInt32)]
  let frames: [WireFrame]
  let outcome: Outcome

  init(
    _ name: String, settings: [(UInt16, UInt32)] = [], _ frames: [WireFrame], _ outcome: Outcome
  ) {
    self.name = name
    self.settings = settings
    self.frames = frames
    self.outcome = outcome
  }

  var testDescription: String { name }

  func check(inPiecesOf size: Int) throws {
    let driver = try #require(SessionDriver())
    driver.begin(settings)
    driver.receive(frames.flatMap(\.bytes), inPiecesOf: size)
    switch outcome {
    case .answered(let stream, let status):
      #expect(driver.answers[stream]?.status == status)
      #expect(driver.connectionError == nil)
    case .streamError(let stream, let code):
      #expect(driver.resetCode(stream) == code || driver.connectionError == code)
    case .connectionError(let code): #expect(driver.connectionError == code)
    case .ended:
      #expect(driver.connectionError == nil)
      #expect(!driver.session.wantsRead)
    case .tolerated:
      driver.receive(.ping("stillon?"))
      #expect(driver.frames.last == WireFrame(type: 6, flags: 1, payload: Array("stillon?".utf8)))
      #expect(driver.connectionError == nil)
    }
  }
}

enum ErrorCode {
  static let protocolError: UInt32 = 1
  static let flowControl: UInt32 = 3
  static let streamClosed: UInt32 = 5
  static let frameSize: UInt32 = 6
  static let refused: UInt32 = 7
  static let compression: UInt32 = 9
}
