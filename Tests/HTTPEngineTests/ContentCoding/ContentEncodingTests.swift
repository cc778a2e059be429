import HTTPEngine
import Testing

@Suite struct ContentEncodingTests {
  @Test(
    arguments: [
      ("gzip", ContentEncoding.gzip), ("GZip", .gzip), ("x-gzip", .gzip), ("deflate", .deflate),
      ("Identity", .identity), ("br", nil), ("", nil), ("gzip ", nil), ("zstd", nil),
      ("compress", nil),
    ]) func `a name is recognised without regard to case`(token: String, coding: ContentEncoding?)
  {
    #expect(ContentEncoding(token: token) == coding)
  }

  @Test(
    arguments: [
      ([], ContentEncoding.identity), (["gzip"], .gzip), ([" X-GZIP\t"], .gzip),
      (["deflate"], .deflate), (["identity"], .identity), ([""], .identity), ([",gzip, ,"], .gzip),
      (["gzip, gzip"], nil), (["gzip", "deflate"], nil), (["identity, gzip"], nil), (["br"], nil),
      (["gzip;q=1"], nil), (["aws-chunked"], nil),
    ] as [([String], ContentEncoding?)])
  func `content has one coding or none`(lines: [String], coding: ContentEncoding?) {
    #expect(ContentEncoding.ofContent(lines) == coding)
  }

  @Test(arguments: ContentEncoding.allCases)
  func `a coding is known by its own name`(coding: ContentEncoding) {
    #expect(ContentEncoding(token: coding.token) == coding)
    #expect(ContentEncoding.compressing.contains(coding) == (coding != .identity))
  }
}
