import Testing

@Suite struct HTTP1ConformanceTests {
  static let host = "Host: a.example\r\n"

  static let requestLines: [WireCase] = [
    .accepted("plain GET", "GET / HTTP/1.1\r\n\(host)\r\n"),
    .accepted("one empty line before", "\r\nGET / HTTP/1.1\r\n\(host)\r\n"),
    .refused("two empty lines before", "\r\n\r\nGET / HTTP/1.1\r\n\(host)\r\n"),
    .refused("bare LF before", "\nGET / HTTP/1.1\r\n\(host)\r\n"),
    .refused("space before the method", " GET / HTTP/1.1\r\n\(host)\r\n"),
    .refused("two spaces", "GET  / HTTP/1.1\r\n\(host)\r\n"),
    .refused("tab for space", "GET\t/ HTTP/1.1\r\n\(host)\r\n"),
    .refused("space at the end", "GET / HTTP/1.1 \r\n\(host)\r\n"),
    .refused("bare LF in the request line", "GET / HTTP/1.1\n\(host)\r\n"),
    .refused("bare CR in the request line", "GET /\r HTTP/1.1\r\n\(host)\r\n"),
    .refused("CR alone ends the line", "GET / HTTP/1.1\r\(host)\r\n"),
    .refused("HTTP/0.9", "GET /\r\n\r\n"),
    .refused("lower-case version", "GET / http/1.1\r\n\(host)\r\n"),
    .refused("one-digit version", "GET / HTTP/1\r\n\(host)\r\n"),
    .refused("two-digit minor version", "GET / HTTP/1.10\r\n\(host)\r\n"),
    .refused("version 0.9 spelled out", "GET / HTTP/0.9\r\n\(host)\r\n"),
    .refused("no version number", "GET / HTTP/x.y\r\n\(host)\r\n"),
    .refused("version 2.0", "GET / HTTP/2.0\r\n\(host)\r\n", 505),
    .refused("version 9.9", "GET / HTTP/9.9\r\n\(host)\r\n", 505),
    .accepted("version 1.2 counts as 1.1", "GET / HTTP/1.2\r\n\(host)\r\n"),
    .accepted("version 1.9 counts as 1.1", "GET / HTTP/1.9\r\n\(host)\r\n"),
    .refused("half of the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nGET", 505),
    .refused("unknown method", "BREW / HTTP/1.1\r\n\(host)\r\n", 501),
    .refused("lower-case method", "get / HTTP/1.1\r\n\(host)\r\n", 501),
    .refused("method with a comma", "GE,T / HTTP/1.1\r\n\(host)\r\n"),
    .refused("method with brackets", "G[]T / HTTP/1.1\r\n\(host)\r\n"),
    .refused("no method", "/ HTTP/1.1\r\n\(host)\r\n"),
    .refused("TLS client hello", "\u{16}\u{03}\u{01}\u{00}hello"),
    .refused("NUL in front", "\u{00}GET / HTTP/1.1\r\n\(host)\r\n"),
  ]

  static let targets: [WireCase] = [
    .accepted("query", "GET /a?b=c&d=%20 HTTP/1.1\r\n\(host)\r\n"),
    .accepted("colon in the path", "POST /v1/x:tell HTTP/1.1\r\n\(host)Content-Length: 0\r\n\r\n"),
    .accepted("two slashes", "GET //x HTTP/1.1\r\n\(host)\r\n"),
    .accepted("question mark in the query", "GET /?a?b HTTP/1.1\r\n\(host)\r\n"),
    .accepted("absolute form", "GET http://a.example/x?y HTTP/1.1\r\n\(host)\r\n"),
    .accepted("absolute form without path", "GET http://a.example HTTP/1.1\r\n\(host)\r\n"),
    .accepted("absolute form, capitals", "GET HTTP://a.example/ HTTP/1.1\r\n\(host)\r\n"),
    .accepted("absolute form, IPv6", "GET http://[::1]:80/ HTTP/1.1\r\n\(host)\r\n"),
    .accepted("absolute form, other Host", "GET http://b.example/ HTTP/1.1\r\n\(host)\r\n"),
    .refused("absolute form without Host", "GET http://a.example/ HTTP/1.1\r\n\r\n"),
    .refused("absolute form without host", "GET http:///x HTTP/1.1\r\n\(host)\r\n"),
    .refused("absolute form with user", "GET http://u@a.example/ HTTP/1.1\r\n\(host)\r\n"),
    .refused("absolute form, bad port", "GET http://a:x/ HTTP/1.1\r\n\(host)\r\n"),
    .refused("absolute form, other scheme", "GET ftp://a.example/ HTTP/1.1\r\n\(host)\r\n"),
    .accepted("asterisk with OPTIONS", "OPTIONS * HTTP/1.1\r\n\(host)\r\n"),
    .refused("asterisk with GET", "GET * HTTP/1.1\r\n\(host)\r\n"),
    .refused("authority with CONNECT", "CONNECT a.example:443 HTTP/1.1\r\n\(host)\r\n", 501),
    .refused("authority with GET", "GET a.example:443 HTTP/1.1\r\n\(host)\r\n"),
    .refused("relative path", "GET x/y HTTP/1.1\r\n\(host)\r\n"),
    .refused("fragment", "GET /a#b HTTP/1.1\r\n\(host)\r\n"),
    .refused("non-ASCII", "GET /\u{00E9} HTTP/1.1\r\n\(host)\r\n"),
    .refused("NUL", "GET /\u{0000} HTTP/1.1\r\n\(host)\r\n"),
    .refused("DEL", "GET /\u{007F} HTTP/1.1\r\n\(host)\r\n"),
    .refused("backslash", "GET /a\\b HTTP/1.1\r\n\(host)\r\n"),
    .refused("angle brackets", "GET /<a> HTTP/1.1\r\n\(host)\r\n"),
    .refused("quote", "GET /\"a HTTP/1.1\r\n\(host)\r\n"),
    .refused("bad escape", "GET /%zz HTTP/1.1\r\n\(host)\r\n"),
    .refused("cut escape", "GET /%2 HTTP/1.1\r\n\(host)\r\n"),
  ]

  static let fields: [WireCase] = [
    .accepted("lower-case name", "GET / HTTP/1.1\r\nhost: a\r\n\r\n"),
    .accepted("no space after the colon", "GET / HTTP/1.1\r\nHost:a\r\n\r\n"),
    .accepted("tab before the value", "GET / HTTP/1.1\r\nHost:\ta\r\n\r\n"),
    .accepted("spaces after the value", "GET / HTTP/1.1\r\nHost: a  \t\r\n\r\n"),
    .accepted("empty value", "GET / HTTP/1.1\r\n\(host)X:\r\n\r\n"),
    .accepted("empty value, spaces", "GET / HTTP/1.1\r\n\(host)X:   \r\n\r\n"),
    .accepted("any token as a name", "GET / HTTP/1.1\r\n\(host)!#$%&'*+-.^_`|~9: x\r\n\r\n"),
    .accepted("obs-text in a value", "GET / HTTP/1.1\r\n\(host)X: \u{00E9}\r\n\r\n"),
    .accepted("colon in a value", "GET / HTTP/1.1\r\n\(host)X: a:b\r\n\r\n"),
    .accepted("underscore name", "GET / HTTP/1.1\r\n\(host)Content_Size: 3\r\n\r\n"),
    .accepted(
      "upgrade ignored", "GET / HTTP/1.1\r\n\(host)Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"),
    .accepted(
      "websocket ignored",
      "GET / HTTP/1.1\r\n\(host)Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n"),
    .refused("space before the colon", "GET / HTTP/1.1\r\n\(host)X : a\r\n\r\n"),
    .refused("tab before the colon", "GET / HTTP/1.1\r\n\(host)X\t: a\r\n\r\n"),
    .refused("no colon", "GET / HTTP/1.1\r\n\(host)X\r\n\r\n"),
    .refused("empty name", "GET / HTTP/1.1\r\n\(host): a\r\n\r\n"),
    .refused("space in a name", "GET / HTTP/1.1\r\n\(host)X Y: a\r\n\r\n"),
    .refused("non-ASCII name", "GET / HTTP/1.1\r\n\(host)X\u{00E9}: a\r\n\r\n"),
    .refused("brackets in a name", "GET / HTTP/1.1\r\n\(host)X[1]: a\r\n\r\n"),
    .refused("folded line", "GET / HTTP/1.1\r\n\(host)X: a\r\n b\r\n\r\n"),
    .refused("folded by tab", "GET / HTTP/1.1\r\n\(host)X: a\r\n\tb\r\n\r\n"),
    .refused("folded first line", "GET / HTTP/1.1\r\n \(host)\r\n"),
    .refused("line of spaces", "GET / HTTP/1.1\r\n\(host)   \r\n\r\n"),
    .refused("bare LF", "GET / HTTP/1.1\r\n\(host)X: a\nY: b\r\n\r\n"),
    .refused("bare LF at the end", "GET / HTTP/1.1\r\n\(host)\n"),
    .refused("bare CR", "GET / HTTP/1.1\r\n\(host)X: a\rY: b\r\n\r\n"),
    .refused("CR CR LF", "GET / HTTP/1.1\r\n\(host)X: a\r\r\n\r\n"),
    .refused("NUL in a value", "GET / HTTP/1.1\r\n\(host)X: a\u{0}b\r\n\r\n"),
    .refused("control character in a value", "GET / HTTP/1.1\r\n\(host)X: a\u{1}b\r\n\r\n"),
    .refused("DEL in a value", "GET / HTTP/1.1\r\n\(host)X: a\u{7F}b\r\n\r\n"),
    .refused("NUL in a name", "GET / HTTP/1.1\r\n\(host)X\u{0}: a\r\n\r\n"),
  ]

  static let hosts: [WireCase] = [
    .refused("no Host", "GET / HTTP/1.1\r\n\r\n"),
    .refused("no Host in 1.2", "GET / HTTP/1.2\r\n\r\n"),
    .refused("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    .refused("two equal Hosts", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"),
    .refused("two Hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
    .refused("empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    .refused("list of hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
    .refused("space in Host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
    .refused("user in Host", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
    .refused("path in Host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    .refused("scheme in Host", "GET / HTTP/1.1\r\nHost: http://a\r\n\r\n"),
    .refused("bad port", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"),
    .refused("port too large", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"),
    .refused("bad IPv6", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
    .accepted("port", "GET / HTTP/1.1\r\nHost: a:65535\r\n\r\n"),
    .accepted("IPv6", "GET / HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n"),
    WireCase("no Host in 1.0", "GET / HTTP/1.0\r\n\r\n", [200], closes: true),
  ]

  static let lengths: [WireCase] = [
    .accepted("length zero", "POST / HTTP/1.1\r\n\(host)Content-Length: 0\r\n\r\n"),
    .accepted("tab after a length", "POST / HTTP/1.1\r\n\(host)Content-Length: 3\t\r\n\r\nabc"),
    .accepted(
      "tabs and spaces around a length",
      "POST / HTTP/1.1\r\n\(host)Content-Length:\t 3 \t \r\nX: a\tb\t\r\n\r\nabc"),
    .refused("tab in a length", "POST / HTTP/1.1\r\n\(host)Content-Length: 3\t3\r\n\r\nabc"),
    .refused(
      "two lengths with a tab", "POST / HTTP/1.1\r\n\(host)Content-Length: 3\t,3\r\n\r\nabc"),
    .refused(
      "tabs and both framings",
      "POST / HTTP/1.1\r\n\(host)Content-Length: 3\t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    .refused("leading zeros", "POST / HTTP/1.1\r\n\(host)Content-Length: 003\r\n\r\nabc"),
    .accepted("body with GET", "GET / HTTP/1.1\r\n\(host)Content-Length: 3\r\n\r\nabc"),
    .refused("plus", "POST / HTTP/1.1\r\n\(host)Content-Length: +5\r\n\r\nhello"),
    .refused("minus", "POST / HTTP/1.1\r\n\(host)Content-Length: -5\r\n\r\nhello"),
    .refused("empty", "POST / HTTP/1.1\r\n\(host)Content-Length:\r\n\r\n"),
    .refused("hexadecimal", "POST / HTTP/1.1\r\n\(host)Content-Length: 0x5\r\n\r\nhello"),
    .refused("decimal point", "POST / HTTP/1.1\r\n\(host)Content-Length: 5.0\r\n\r\nhello"),
    .refused("inner space", "POST / HTTP/1.1\r\n\(host)Content-Length: 1 5\r\n\r\nhello"),
    .refused("list of equals", "POST / HTTP/1.1\r\n\(host)Content-Length: 5, 5\r\n\r\nhello"),
    .refused("list of others", "POST / HTTP/1.1\r\n\(host)Content-Length: 5, 6\r\n\r\nhello"),
    .refused(
      "two equals",
      "POST / HTTP/1.1\r\n\(host)Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
    .refused(
      "two others",
      "POST / HTTP/1.1\r\n\(host)Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
    .refused("2^64", "POST / HTTP/1.1\r\n\(host)Content-Length: 18446744073709551616\r\n\r\n"),
    .refused("2^63", "POST / HTTP/1.1\r\n\(host)Content-Length: 9223372036854775808\r\n\r\n"),
    .refused(
      "with chunked",
      "POST / HTTP/1.1\r\n\(host)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    .refused(
      "after chunked",
      "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
    .refused(
      "above the limit",
      "POST / HTTP/1.1\r\n\(host)Content-Length: 1048577\r\n\r\n", 413),
  ]

  static func chunked(_ coding: String, _ body: String = "0\r\n\r\n") -> String {
    "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: \(coding)\r\n\r\n\(body)"
  }

  static let codings: [WireCase] = [
    .accepted("chunked", chunked("chunked", "5\r\nhello\r\n0\r\n\r\n")),
    .accepted("capitals", chunked("ChUnKeD", "5\r\nhello\r\n0\r\n\r\n")),
    .accepted("trailing space", chunked("chunked \t")),
    .refused("twice", chunked("chunked, chunked")),
    .refused("two fields", chunked("chunked\r\nTransfer-Encoding: chunked")),
    .refused("not last", chunked("chunked, gzip")),
    .refused("not last, two fields", chunked("chunked\r\nTransfer-Encoding: identity")),
    .refused("gzip before chunked", chunked("gzip, chunked"), 501),
    .refused("unknown", chunked("xchunked"), 501),
    .refused("identity", chunked("identity"), 501),
    .refused("empty", chunked("")),
    .refused("empty element", chunked(",chunked")),
    .refused("parameter", chunked("chunked;q=1")),
    .refused("quoted", chunked("\"chunked\"")),
    .refused("vertical tab", chunked("\u{0B}chunked")),
    .refused("form feed", chunked("chunked\u{0C}")),
    .refused(
      "in HTTP/1.0",
      "POST / HTTP/1.0\r\n\(host)Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
  ]

  static let chunks: [WireCase] = [
    .accepted("capital digits", chunked("chunked", "A\r\n0123456789\r\n0\r\n\r\n")),
    .accepted("leading zeros", chunked("chunked", "0005\r\nhello\r\n000\r\n\r\n")),
    .accepted("extension", chunked("chunked", "5;a=b;c;d=\"e;\\\"f\"\r\nhello\r\n0;x\r\n\r\n")),
    .accepted("trailers", chunked("chunked", "0\r\nX: y\r\n\r\n")),
    .refused("forbidden trailers", chunked("chunked", "0\r\nContent-Length: 9\r\n\r\n")),
    .refused("no size", chunked("chunked", "\r\nhello\r\n0\r\n\r\n")),
    .refused("sign", chunked("chunked", "+5\r\nhello\r\n0\r\n\r\n")),
    .refused("minus", chunked("chunked", "-5\r\nhello\r\n0\r\n\r\n")),
    .refused("prefix", chunked("chunked", "0x5\r\nhello\r\n0\r\n\r\n")),
    .refused("underscore", chunked("chunked", "1_0\r\nhello\r\n0\r\n\r\n")),
    .refused("leading space", chunked("chunked", " 5\r\nhello\r\n0\r\n\r\n")),
    .refused("trailing space", chunked("chunked", "5 \r\nhello\r\n0\r\n\r\n")),
    .refused("overflow", chunked("chunked", "FFFFFFFFFFFFFFFF0\r\nhello\r\n0\r\n\r\n")),
    .refused("64-bit size", chunked("chunked", "FFFFFFFFFFFFFFFF\r\nhello\r\n")),
    .refused("too many digits", chunked("chunked", "00000000000000005\r\nhello\r\n0\r\n\r\n")),
    .refused("bare LF after the size", chunked("chunked", "5\nhello\r\n0\r\n\r\n")),
    .refused("bare LF after the data", chunked("chunked", "5\r\nhello\n0\r\n\r\n")),
    .refused("bare CR after the size", chunked("chunked", "5\rhello\r\n0\r\n\r\n")),
    .refused("too much data", chunked("chunked", "5\r\nhello!\r\n0\r\n\r\n")),
    .refused("empty extension name", chunked("chunked", "5;\r\nhello\r\n0\r\n\r\n")),
    .refused("LF in an extension", chunked("chunked", "5;a\nb\r\nhello\r\n0\r\n\r\n")),
    .refused("CR in an extension", chunked("chunked", "5;a\rb\r\nhello\r\n0\r\n\r\n")),
    .refused("NUL in an extension", chunked("chunked", "5;a\u{0}\r\nhello\r\n0\r\n\r\n")),
    .refused(
      "long extension",
      chunked("chunked", "5;\(String(repeating: "a", count: 5000))\r\nhello\r\n0\r\n\r\n")),
    .refused("bare LF ends the trailers", chunked("chunked", "0\r\n\n")),
    .refused("folded trailer", chunked("chunked", "0\r\nX: a\r\n b\r\n\r\n")),
    .refused("bad trailer name", chunked("chunked", "0\r\nX : a\r\n\r\n")),
    .refused(
      "long trailers",
      chunked("chunked", "0\r\nX: \(String(repeating: "a", count: 9000))\r\n\r\n")),
    .refused("above the limit", chunked("chunked", "100001\r\n"), 413),
  ]

  static let limits: [WireCase] = [
    .refused(
      "long target",
      "GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\n\(host)\r\n", 414),
    .refused("endless request line", "GET /\(String(repeating: "a", count: 9000))", 414),
    .refused("endless method", String(repeating: "A", count: 9000)),
    .accepted(
      "longest target",
      "GET /\(String(repeating: "a", count: 8192 - 14)) HTTP/1.1\r\n\(host)\r\n"),
    .refused(
      "one byte more",
      "GET /\(String(repeating: "a", count: 8192 - 13)) HTTP/1.1\r\n\(host)\r\n", 414),
    .refused(
      "long field",
      "GET / HTTP/1.1\r\n\(host)X: \(String(repeating: "a", count: 40000))\r\n\r\n", 431),
    .refused(
      "endless name",
      "GET / HTTP/1.1\r\n\(host)\(String(repeating: "a", count: 40000))", 431),
    .refused(
      "many fields",
      "GET / HTTP/1.1\r\n\(host)\(String(repeating: "X: y\r\n", count: 100))\r\n", 431),
    .accepted(
      "as many fields as allowed",
      "GET / HTTP/1.1\r\n\(host)\(String(repeating: "X: y\r\n", count: 99))\r\n"),
  ]

  static let persistence: [WireCase] = [
    .accepted(
      "keep-alive by default",
      "GET / HTTP/1.1\r\n\(host)\r\nGET / HTTP/1.1\r\n\(host)\r\n", [200, 200]),
    WireCase(
      "close asked for",
      "GET / HTTP/1.1\r\n\(host)Connection: close\r\n\r\nGET / HTTP/1.1\r\n\(host)\r\n",
      [200], closes: true),
    WireCase(
      "close in a list",
      "GET / HTTP/1.1\r\n\(host)Connection: foo, Close\r\n\r\n", [200], closes: true),
    WireCase("HTTP/1.0 closes", "GET / HTTP/1.0\r\n\r\n", [200], closes: true),
    .accepted("HTTP/1.0 keep-alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"),
    WireCase("response closes", "GET /close HTTP/1.1\r\n\(host)\r\n", [200], closes: true),
    .accepted(
      "reject without body",
      "GET /reject HTTP/1.1\r\n\(host)\r\nGET / HTTP/1.1\r\n\(host)\r\n", [404, 200]),
    .accepted(
      "reject with a small body",
      "POST /reject HTTP/1.1\r\n\(host)Content-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\n\(host)\r\n",
      [404, 200]),
    WireCase(
      "reject with a large body",
      "POST /reject HTTP/1.1\r\n\(host)Content-Length: 999999\r\n\r\nhello", [404], closes: true),
    .accepted(
      "reject with chunks",
      "POST /reject HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        + "GET / HTTP/1.1\r\n\(host)\r\n", [404, 200]),
    .refused(
      "reject with bad chunks",
      "POST /reject HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n"),
    WireCase(
      "reject with too many chunks",
      "POST /reject HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n4001\r\n", [404],
      closes: true),
    WireCase(
      "reject while the client waits",
      "POST /reject HTTP/1.1\r\n\(host)Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", [404],
      closes: true),
    WireCase(
      "reject for load before the body has begun",
      "POST /full HTTP/1.1\r\n\(host)Content-Length: 5\r\n\r\n", [503], closes: true),
    WireCase(
      "reject for load once the body has begun",
      "POST /full HTTP/1.1\r\n\(host)Content-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\n\(host)\r\n",
      [503, 200], closes: false
    ).judgedByArrival(),
    WireCase(
      "pipelined garbage", "GET / HTTP/1.1\r\n\(host)\r\nxx\r\n\r\n", [200, 400], closes: true),
    .accepted(
      "pipelined bodies",
      "POST / HTTP/1.1\r\n\(host)Content-Length: 2\r\n\r\nab"
        + chunked("chunked", "2\r\ncd\r\n0\r\n\r\n") + "GET / HTTP/1.1\r\n\(host)\r\n",
      [200, 200, 200]),
    .accepted("no content", "GET /empty HTTP/1.1\r\n\(host)\r\n", [204]),
    .accepted("dropped reply", "GET /drop HTTP/1.1\r\n\(host)\r\n", [500]),
    .accepted("header injection", "GET /inject HTTP/1.1\r\n\(host)\r\n", [500]),
    .refused(
      "other expectation", "POST / HTTP/1.1\r\n\(host)Expect: x\r\nContent-Length: 1\r\n\r\n", 417),
    .accepted("expectation without body", "GET / HTTP/1.1\r\n\(host)Expect: 100-continue\r\n\r\n"),
    WireCase(
      "expectation in 1.0",
      "POST / HTTP/1.0\r\nExpect: x\r\nContent-Length: 1\r\n\r\na", [200], closes: true),
    .refused(
      "413 instead of 100",
      "POST / HTTP/1.1\r\n\(host)Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n", 413),
  ]

  static let all =
    requestLines + targets + fields + hosts + lengths + codings + chunks + limits + persistence

  @Test(arguments: all)
  func `answers raw bytes as the protocol demands`(_ wire: WireCase) throws {
    let server = try TestServer()
    try wire.check(on: server, inOnePiece: true)
  }

  @Test(arguments: all.filter { $0.input.utf8.count < 300 && !$0.isJudgedByArrival })
  func `gives the same answers when bytes come one by one`(_ wire: WireCase) throws {
    let server = try TestServer()
    try wire.check(on: server, inOnePiece: false)
  }
}
