@main struct FuzzHTTP1 { static func main() {} }
