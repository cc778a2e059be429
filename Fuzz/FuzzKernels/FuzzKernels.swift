@main struct FuzzKernels { static func main() {} }
