import Testing

@testable import HTTPEngine

@Suite struct HeaderFieldsTests {
  @Test func `looks names up without regard to case and keeps repeats`() {
    let fields: HeaderFields = ["A": "1", "b": "2", "a": "3"]
    #expect(fields["a"] == "1")
    #expect(fields.values(of: "A") == ["1", "3"])
    #expect(fields["B"] == "2")
    #expect(fields["c"] == nil)
    #expect(fields.values(of: "c").isEmpty)
    #expect(fields.contains("B"))
    #expect(!fields.contains("bb"))
    #expect(fields.count == 3)
  }

  @Test func `sets, appends and removes`() {
    var fields = HeaderFields()
    #expect(fields.isEmpty)
    fields.append("A", "1")
    let before = fields
    fields.append("a", "2")
    fields.append("B", "3")
    fields.set("A", "4")
    #expect(fields == ["B": "3", "A": "4"])
    #expect(before == ["A": "1"])
    fields.remove("b")
    fields.remove("none")
    #expect(fields == ["A": "4"])
    fields.remove("a")
    #expect(fields.isEmpty)
    #expect(fields == [:])
  }

  @Test func `appends another list, with what is known about it`() {
    var fields: HeaderFields = ["A": "1"]
    let others: HeaderFields = ["Date": "now", "B": "2"]
    fields.append(others)
    #expect(fields == ["A": "1", "Date": "now", "B": "2"])
    #expect(fields.known.contains(.date))
    #expect(fields.isWellFormed)
    fields.append(["C": "\r"])
    #expect(!fields.isWellFormed)
    #expect(others == ["Date": "now", "B": "2"])
  }

  @Test func `walks its lines in order`() {
    var seen: [String] = []
    let fields: HeaderFields = ["A": "1", "B": ""]
    for (name, value) in fields { seen.append("\(name)=\(value)") }
    #expect(seen == ["A=1", "B="])
  }

  @Test func `compares names without case, values and order exactly`() {
    #expect(["A": "1"] as HeaderFields == ["a": "1"])
    #expect(["A": "x"] as HeaderFields != ["A": "X"])
    #expect(["A": "1", "B": "2"] as HeaderFields != ["B": "2", "A": "1"])
    #expect(["A": "1"] as HeaderFields != [:])
  }

  @Test func `writes lines as they go over the wire`() {
    let fields: HeaderFields = ["A": "1", "B": ""]
    #expect(String(decoding: fields.wire, as: UTF8.self) == "A: 1\r\nB: \r\n")
  }

  @Test(arguments: [
    ("A", "a\r\nB: c"), ("A", "a\nb"), ("A", "a\rb"), ("A", "a\u{0}b"), ("A", "a\u{7F}"),
    ("A B", "c"), ("", "c"), ("A:", "c"), ("A\r\n", "c"), ("\u{00E9}", "c"),
  ])
  func `marks lines that must not be sent`(_ name: String, _ value: String) {
    var fields: HeaderFields = ["Good": "value"]
    #expect(fields.isWellFormed)
    fields.append(name, value)
    #expect(!fields.isWellFormed)
    fields.remove(name)
    #expect(fields.isWellFormed)
  }

  @Test func `recognises the fields that the engine decides`() {
    let fields: HeaderFields = [
      "content-LENGTH": "1", "Host": "a", "TE": "b", "Transfer-Encoding": "c", "X": "d",
    ]
    #expect(fields.known.contains(.contentLength))
    #expect(fields.known.contains(.transferEncoding))
    #expect(!fields.known.contains(.connection))
    #expect(fields.removing([.contentLength, .te, .transferEncoding]) == ["Host": "a", "X": "d"])
  }
}
