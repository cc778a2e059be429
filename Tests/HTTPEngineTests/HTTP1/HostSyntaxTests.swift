import Testing

@testable import HTTPEngine

@Suite struct HostSyntaxTests {
  @Test(arguments: [
    "a", "a.example", "a.example:80", "a.example:", "127.0.0.1", "127.0.0.1:8080", "xn--bcher-kva",
    "a_b", "a-b", "~user", "%41", "a!$&'()*+;=", "[::]", "[::1]", "[::1]:0", "[1:2:3:4:5:6:7:8]",
    "[1::8]", "[1:2:3:4:5:6:7::]", "[::2:3:4:5:6:7:8]", "[::ffff:192.0.2.1]",
    "[1:2:3:4:5:6:192.0.2.1]", "[2001:DB8::1]:443", "[v1.a:b]", "[vF.!]",
  ])
  func `takes a valid host and port`(_ text: String) {
    let isValid = HostSyntax.isValid(Array(text.utf8).span)
    #expect(isValid)
  }

  @Test(arguments: [
    "", ":80", "a b", "a:b", "a:-1", "a:+1", "a:65536", "a:999999", "a:80:80", "u@a", "a/b", "a?b",
    "a#b", "a,b", "http://a", "%4", "%zz", "%", "a\\b", "<a>", "\"a\"", "a[", "[", "[]", "[]:80",
    "[::1", "::1", "[::1]x", "[::1]80", "[:1]", "[1:]", "[:::]", "[1::2::3]", "[12345::]", "[g::]",
    "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]", "[1:2:3:4:5:6:7:8::]", "[::192.0.2]",
    "[::192.0.2.256]", "[::192.0.2.1.1]", "[::1.2.3.]", "[192.0.2.1::]",
    "[1:2:3:4:5:6:7:192.0.2.1]",
    "[::1%25eth0]", "[v.a]", "[v1]", "[v1.]", "[vg.a]", "[ ::1]", "\u{00E9}",
  ])
  func `refuses anything else`(_ text: String) {
    let isValid = HostSyntax.isValid(Array(text.utf8).span)
    #expect(!isValid)
  }
}
