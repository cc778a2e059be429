/// What an answer says beside its content.
struct AnswerHead: Sendable {
  /// The status.
  var status: UInt16 = 200
  /// Where the thing is that was made.
  var location: String?
  /// The validator of what is answered, in quotes.
  var entityTag: String?
  /// Whether a validator is made from the content.
  var isValidated = false
  /// The content, where it is not written from the answer's members.
  var text: AnswerText?
}

/// Content of a media type of its own.
struct AnswerText: Sendable {
  /// The media type with its parameters.
  let mediaType: String
  /// The content.
  let bytes: [UInt8]
}

extension AnswerDocument {
  /// An answer that tells no durations.
  init(_ body: AnswerObject) { self.init(body, tellsTiming: false) }

  /// 204: it is done, and there is nothing to say.
  static var nothing: AnswerDocument {
    var document = AnswerDocument(AnswerObject())
    document.head.status = 204
    return document
  }
}
