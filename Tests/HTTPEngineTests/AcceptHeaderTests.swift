import TestSupport
import Testing

@testable import HTTPEngine

struct AcceptHeaderTests {
  private let json = MediaType.json
  private let problem = MediaType.problemJSON
  private let tensors = MediaType("application", "vnd.safetensors")
  private let html = MediaType("text", "html")

  @Test(arguments: [[], [""], [" , ,"], ["garbage"], ["text/", "/html", "*/json"]])
  func `an absent or useless field accepts anything`(values: [String]) {
    let accept = AcceptHeader(values)
    #expect(accept.ranges.isEmpty)
    #expect(accept.best(of: [tensors, json]) == tensors)
  }

  @Test(
    arguments: [
      ("*/*", 0), ("application/*", 0), ("application/vnd.safetensors", 1),
      ("application/json, application/vnd.safetensors", 0),
      ("application/json;q=0.5, application/vnd.safetensors", 1),
      ("application/json;q=0.5, */*;q=0.6", 1), ("application/json;q=0.5, */*;q=0.4", 0),
      ("*/*, application/json;q=0", 1), ("application/*, application/json;q=0.1", 1),
      ("APPLICATION/JSON;Q=1.000", 0), ("application/json;q=0.001", 0),
      ("text/html, application/json ; q=0.2", 0), ("application/vnd.safetensors,*/*", 0),
    ])
  func `picks the favourite`(value: String, index: Int) {
    #expect(AcceptHeader([value]).bestIndex(of: [json, tensors]) == index)
  }

  @Test(
    arguments: [
      "text/html", "*/*;q=0", "application/json;q=0.000", "text/*", "application/json;level=1",
      "application/json;q=0, application/*;q=0.0",
    ])
  func `finds nothing to send`(value: String) {
    #expect(AcceptHeader([value]).best(of: [json]) == nil)
  }

  @Test func `reads every field line`() {
    let accept = AcceptHeader(["text/html", "application/json;q=0.3"])
    #expect(accept.best(of: [json]) == json)
    #expect(accept.quality(of: json) == QualityValue(thousandths: 300))
    #expect(accept.quality(of: html) == .full)
    #expect(accept.quality(of: tensors) == .zero)
  }

  @Test func `follows the example of RFC 9110`() throws {
    // Section 12.5.1: "text/plain;format=flowed" and the rest of the precedence table.
    let accept = AcceptHeader([
      "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5"
    ])
    let table: [(String, UInt16)] = [
      ("text/plain;format=flowed", 1000), ("text/plain", 700), ("text/html", 300),
      ("image/jpeg", 500), ("text/plain;format=fixed", 400), ("text/html;level=3", 300),
    ]
    for (text, thousandths) in table {
      let offer = try #require(MediaType(parsing: text))
      #expect(accept.quality(of: offer).thousandths == thousandths, "\(text)")
    }
  }

  @Test func `two names outweigh any number of parameters`() throws {
    let accept = AcceptHeader(["*/*;a=1;b=2;q=0.1, text/html;q=0.9"])
    let offer = try #require(MediaType(parsing: "text/html;a=1;b=2"))
    #expect(accept.quality(of: offer).thousandths == 900)
  }

  @Test(
    arguments: [
      "text/html;q=2, application/json", "text/html;q=.5, application/json",
      "text/html;q=0.1234, application/json", "text/html;q=-1, application/json",
      "text/html;a=\"x, y, application/json", "text/html;a=\"\u{1}, b\", application/json",
      "text/html q=1, application/json", "@, application/json",
      "text/html;q=1.001, application/json",
    ])
  func `ignores malformed elements only`(value: String) {
    let accept = AcceptHeader([value])
    #expect(accept.quality(of: html) == .zero || accept.ranges.isEmpty)
    if !accept.ranges.isEmpty { #expect(accept.best(of: [html, json]) == json) }
  }

  @Test func `a comma in quotes separates nothing`() {
    let accept = AcceptHeader(["text/html;a=\"x,application/json\", text/plain"])
    #expect(accept.ranges.map(\.subtype) == ["html", "plain"])
  }

  @Test func `ignores what follows the weight`() {
    #expect(AcceptHeader(["application/json;q=0.5;ext=1"]).quality(of: json).thousandths == 500)
  }

  @Test func `compares charsets without case and other values with it`() throws {
    let offer = try #require(MediaType(parsing: "text/html;charset=utf-8;x=A"))
    #expect(AcceptHeader(["text/html;charset=UTF-8"]).best(of: [offer]) == offer)
    #expect(AcceptHeader(["text/html;x=a"]).best(of: [offer]) == nil)
  }

  @Test(arguments: 0..<4 as Range<UInt64>) func `never traps`(seed: UInt64) {
    let pieces = ["text", "/", "*", ";", "q", "=", "0.5", "\"", "\\", ",", " ", "é", "1", "\0"]
    var random = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      let count = Int.random(in: 0..<16, using: &random)
      let value = (0..<count).compactMap { _ in pieces.randomElement(using: &random) }.joined()
      _ = AcceptHeader([value]).best(of: [html, json])
      _ = WeightedTokens([value]).best(of: ["gzip"])
      _ = MediaType(parsing: value)
    }
  }

  @Test func `looks at a bounded part of the lists`() {
    let long = String(repeating: "a/b,", count: 10_000)
    #expect(AcceptHeader([long]).ranges.count <= 512)
    #expect(AcceptHeader(Array(repeating: "a/b", count: 10_000)).ranges.count <= 683)
    #expect(WeightedTokens([String(repeating: "x,", count: 10_000)]).elements.count <= 1024)
    // What stands in front counts.
    #expect(AcceptHeader(["application/json," + long]).best(of: [html, json]) == json)
    let parameters = "text/html" + String(repeating: ";a=b", count: 10_000)
    #expect(AcceptHeader(["application/json, " + parameters]).ranges.count == 1)
    #expect(MediaType(parsing: "text/html" + String(repeating: ";", count: 10_000)) == nil)
  }

  @Test func `never takes a cut element for a whole one`() {
    let filler = String(repeating: ",", count: 2048 - "text/html;q=0.".count)
    #expect(AcceptHeader([filler + "text/html;q=0.5"]).ranges.isEmpty)
    // What fits to the last byte is whole.
    #expect(AcceptHeader([filler.dropLast() + "text/html;q=0.5"]).ranges.count == 1)
  }
}
